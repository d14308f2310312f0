"""The classic strategy from the first question to the answer."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search import (
    CLASSIC,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Probe,
    Test,
    decide,
    trail,
)
from runner.search.decision import Phase
from runner.search.releases import pick_releases
from runner.search.tally import Tally
from runner.values import Sha
from tests.runner.search.worlds import Lab, history, search

OK, CRASH, OTHER, BOOT, LOST = Outcome
LINE = "\n".join(f"c{n}: c{n - 1}" for n in range(16, 0, -1)) + "\nc0:"


def planted(world: History, culprit: Sha, broken: Collection[Sha] = ()) -> Lab:
    """A lab without noise: the culprit and all that contains it crash, `broken` does not build."""

    def lab(sha: Sha) -> list[Outcome] | None:
        if sha in broken:
            return None
        crashes = sha in world.parents and world.contains(sha, culprit)
        return [CRASH if crashes else OK] * 40

    return lab


@pytest.mark.parametrize("culprit", [f"c{n}" for n in range(1, 17)])
def test_the_culprit_of_a_line_is_found_wherever_it_is(culprit: Sha) -> None:
    world = history(LINE, good="c0")
    decision, evidence = search(world, planted(world, culprit))
    assert decision == Found(culprit, 1.0)
    assert len(evidence) <= 2 + 4


@st.composite
def graphs(draw: st.DrawFn) -> History:
    """Random graphs with merges, where every commit descends from the first."""
    size = draw(st.integers(2, 40))
    rng = random.Random(draw(st.integers(0, 10**6)))
    parents: dict[Sha, tuple[Sha, ...]] = {"c0": ()}
    for n in range(1, size):
        fork = rng.sample(list(parents), k=min(len(parents), rng.choice((1, 1, 1, 2, 3))))
        parents[f"c{n}"] = (f"c{n - 1}",) if rng.random() < 0.5 else tuple(fork)
    newest_first = dict(reversed(parents.items()))
    world = History(newest_first, good="c0", bad=f"c{size - 1}")
    reachable = world.candidates(world.bad, ())
    return History({sha: parents[sha] for sha in reachable}, good="c0", bad=world.bad)


@given(graphs(), st.data())
def test_without_noise_the_culprit_of_any_graph_is_found(
    world: History, data: st.DataObject
) -> None:
    culprit = data.draw(st.sampled_from([sha for sha in world.parents if sha != "c0"]))
    decision, _ = search(world, planted(world, culprit))
    assert isinstance(decision, Found)
    assert decision.sha == culprit


@given(graphs(), st.data())
def test_with_broken_revisions_the_culprit_is_never_missed(
    world: History, data: st.DataObject
) -> None:
    inner = [sha for sha in world.parents if sha not in ("c0", world.bad)]
    culprit = data.draw(st.sampled_from([*inner, world.bad]))
    broken = data.draw(st.sets(st.sampled_from(inner))) if inner else set()
    decision, _ = search(world, planted(world, culprit, broken))
    if isinstance(decision, Found):
        assert decision.sha == culprit
    else:
        assert isinstance(decision, Inconclusive)
        assert culprit in decision.suspects


@given(graphs(), st.data())
def test_the_order_of_evidence_changes_nothing(world: History, data: st.DataObject) -> None:
    culprit = data.draw(st.sampled_from([sha for sha in world.parents if sha != "c0"]))
    _, evidence = search(world, planted(world, culprit))
    known = data.draw(st.permutations(list(evidence.values())))
    part = known[: data.draw(st.integers(0, len(known)))]
    assert decide(world, part, CLASSIC) == decide(world, part[::-1], CLASSIC)


def test_the_first_question_is_whether_the_bug_shows_at_all_in_twice_the_runs() -> None:
    assert decide(history(LINE, good="c0"), [], CLASSIC) == Test((Probe("c16", 20),))


def test_runs_that_are_missing_are_asked_for_again() -> None:
    known = [Evidence("c16", [CRASH] * 7), Evidence("c16", [OK] * 5)]
    assert decide(history(LINE, good="c0"), known, CLASSIC) == Test((Probe("c16", 8),))


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([OK] * 20, "was not reproduced"),
        ([OK] * 18 + [CRASH] * 2, "was not reproduced"),
        ([BOOT] * 20, "did not boot"),
        ([LOST] * 11 + [CRASH] * 1 + [OK] * 8, "did not boot"),
        ([BOOT] * 10 + [OK] * 10, "was not reproduced"),
        ([OTHER] * 20, "shows another crash only"),
        (None, "does not build"),
    ],
)
def test_a_bug_that_does_not_show_on_its_own_commit_is_an_error(
    outcomes: list[Outcome] | None, reason: str
) -> None:
    decision, evidence = search(history(LINE, good="c0"), lambda sha: outcomes)
    assert isinstance(decision, Impossible)
    assert reason in decision.reason
    assert list(evidence) == ["c16"]


@pytest.mark.parametrize(
    ("good", "reason"), [([CRASH] * 40, "crashes too"), ([BOOT] * 40, "could not be tested")]
)
def test_a_good_commit_that_is_not_good_is_an_error(good: list[Outcome], reason: str) -> None:
    def lab(sha: Sha) -> list[Outcome]:
        return good if sha == "c0" else [CRASH] * 40

    decision, _ = search(history(LINE, good="c0"), lab)
    assert isinstance(decision, Impossible)
    assert reason in decision.reason


def test_releases_are_walked_back_to_the_first_good_one() -> None:
    releases = {"v1.3": "c12", "v1.2": "c8", "v1.1": "c4", "v1.0": "c0"}
    world = history(LINE, releases=releases)
    decision, evidence = search(world, planted(world, "c6"))
    assert decision == Found("c6", 1.0)
    phases = [(step.phase, step.release) for step in trail(world, evidence.values())]
    assert phases[:4] == [
        (Phase.START, ""),
        (Phase.RELEASE, "v1.3"),
        (Phase.RELEASE, "v1.2"),
        (Phase.RELEASE, "v1.1"),
    ]
    assert "c0" not in evidence


def test_a_release_that_does_not_build_is_passed_over() -> None:
    world = history(LINE, releases={"v1.2": "c8", "v1.1": "c4", "v1.0": "c1"})
    decision, _ = search(world, planted(world, "c6", broken={"c4"}))
    assert decision == Found("c6", 1.0)


@pytest.mark.parametrize(
    ("releases", "broken", "kind", "reason"),
    [
        ({"v1.1": "c8", "v1.0": "c4"}, (), Inconclusive, "oldest tested release, v1.0"),
        ({"v1.1": "c8", "v1.0": "c4"}, ("c4",), Impossible, "v1.0, could not be tested"),
        ({}, (), Impossible, "no release tag"),
    ],
)
def test_without_a_good_release_there_is_no_range(
    releases: dict[str, Sha],
    broken: tuple[Sha, ...],
    kind: type[Inconclusive | Impossible],
    reason: str,
) -> None:
    world = history(LINE, releases=releases)
    decision, _ = search(world, planted(world, "c2", broken))
    assert isinstance(decision, kind)
    assert reason in decision.reason


def test_a_culprit_beside_untestable_commits_is_left_among_the_suspects() -> None:
    world = history(LINE, good="c0")
    decision, _ = search(world, planted(world, "c7", broken={"c5", "c6", "c7"}))
    assert isinstance(decision, Inconclusive)
    assert sorted(decision.suspects) == ["c5", "c6", "c7", "c8"]


@pytest.mark.parametrize(
    ("head", "reason"),
    [([CRASH] * 40, "still not fixed"), ([BOOT] * 40, "build, boot or test errors")],
)
def test_without_a_fixed_head_there_is_no_fix_to_find(head: list[Outcome], reason: str) -> None:
    world = history(LINE, good="c0", fix=True)

    def lab(sha: Sha) -> list[Outcome]:
        return head if sha == "c16" else [CRASH] * 40

    decision, _ = search(world, lab)
    assert isinstance(decision, Inconclusive)
    assert not decision.suspects
    assert reason in decision.reason


@pytest.mark.parametrize("fix", [f"c{n}" for n in range(1, 17)])
def test_a_fix_is_found_by_the_same_search(fix: Sha) -> None:
    world = history(LINE, good="c0", fix=True)

    def lab(sha: Sha) -> list[Outcome]:
        return [OK if world.contains(sha, fix) else CRASH] * 40

    decision, _ = search(world, lab)
    assert isinstance(decision, Found)
    assert decision.sha == fix


OLD_BASED = """
m: f2 t3
t3: t2
t2: t1
t1: before
f2: f1
f1: s
s: before-and-bug
"""


@pytest.mark.parametrize(("base_crashes", "fix"), [(False, "f1"), (True, "t2")])
def test_a_branch_forked_before_the_bug_speaks_only_if_its_base_crashed(
    base_crashes: bool, fix: Sha
) -> None:
    """The branch t was forked off `before`, and is quiet if the bug was not there yet."""
    world = replace(history(OLD_BASED, good="s"), fix=True)

    def lab(sha: Sha) -> list[Outcome]:
        if sha == "before":
            crashes = base_crashes
        elif sha.startswith("t"):
            crashes = base_crashes and sha != "t2" and not world.contains(sha, "t2")
        else:
            crashes = not world.contains(sha, fix)
        return [CRASH if crashes else OK] * 40

    decision, evidence = search(world, lab)
    assert isinstance(decision, Found)
    assert decision.sha == fix
    assumed = {step.sha for step in trail(world, evidence.values()) if step.assumed}
    assert base_crashes or assumed
    assert assumed.isdisjoint(evidence)


@pytest.mark.parametrize(
    ("total", "ok", "crashed", "flaky", "verdict"),
    # Syzkaller's own table of verdicts, without the rows about its infrastructure.
    [
        (10, 5, 0, False, False),
        (10, 4, 0, False, None),
        (10, 4, 2, False, True),
        (10, 2, 2, False, None),
        (10, 9, 1, False, None),
        (20, 10, 0, True, None),
        (20, 15, 0, True, False),
        (20, 6, 1, True, None),
        (20, 7, 3, True, True),
        (20, 18, 2, False, None),
        (0, 0, 0, False, None),
    ],
)
def test_verdicts_follow_the_counts(
    total: int, ok: int, crashed: int, flaky: bool, verdict: bool | None
) -> None:
    tally = Tally(ok=ok, like=crashed, other=0, silent=total - ok - crashed)
    assert tally.crashes(flaky) is verdict


def test_a_flaky_bug_doubles_the_runs_and_lowers_the_confidence() -> None:
    world = history(LINE, good="c0")
    flaky = [OK, OK, CRASH, OK, OK] * 8

    def lab(sha: Sha) -> list[Outcome]:
        return flaky if world.contains(sha, "c5") else [OK] * 40

    decision, evidence = search(world, lab)
    assert isinstance(decision, Found)
    assert decision.sha == "c5"
    assert {len(one.outcomes) for one in evidence.values()} == {20}
    quiet_steps = sum(
        step.phase == Phase.HALVING and step.sha in ("c1", "c2", "c3", "c4")
        for step in trail(world, evidence.values())
    )
    assert decision.confidence == pytest.approx((1 - 0.8**20) ** quiet_steps)
    assert 0.9 < decision.confidence < 1


def numbered(first: int, last: int, major: int) -> list[str]:
    return [f"v{major}.{minor}" for minor in range(first, last - 1, -1)]


@pytest.mark.parametrize(
    ("tags", "picked"),
    [
        (
            numbered(5, 0, 6) + numbered(19, 4, 5),
            "v6.5 v6.4 v6.3 v6.1 v5.19 v5.17 v5.15 v5.13 v5.10 v5.7 v5.4",
        ),
        (
            [f"v5.15.{n}" for n in range(1, 11)] + numbered(15, 4, 5),
            "v5.15.10 v5.15.9 v5.15.5 v5.15 v5.14 v5.13 v5.11 v5.9 v5.7 v5.5 v5.4",
        ),
        (["v1.0", "v1.1-rc1", "v1.1", "next-20261101", "v0.9"], "v1.1 v1.0 v0.9"),
        (["v2.6.1"], "v2.6.1"),
        ([], ""),
    ],
)
def test_releases_are_picked_by_syzkallers_rule(tags: list[str], picked: str) -> None:
    assert " ".join(pick_releases(random.Random(1).sample(tags, len(tags)))) == picked


def test_the_number_of_runs_is_the_policys() -> None:
    world = history(LINE, good="c0")
    assert decide(world, [], replace(CLASSIC, runs=3)) == Test((Probe("c16", 6),))
