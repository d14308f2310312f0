"""What the probabilistic strategy says at the ends: bad questions, fixes, no good commit."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from runner.search import (
    BAYES,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Probe,
    Test,
    decide,
    suspects,
)
from runner.search.bayes import Search
from runner.values import Sha
from tests.runner.search.bench import LINE, START, Bench, flaky
from tests.runner.search.graphs import UNKNOWN, line, newest_first

OK, CRASH, OTHER, BOOT, LOST = Outcome


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ([Evidence("c20", built=False)], "does not build"),
        ([Evidence("c20", [BOOT] * 9)], "does not boot"),
        ([Evidence("c20", [OK] * 60)], "not reproduced in 60 runs"),
        ([Evidence("c20", [OK] * 30 + [BOOT, LOST] * 75)], "not reproduced"),
        ([Evidence("c20", [OTHER] * 60)], "another crash"),
        (
            [START, Evidence("c0", [CRASH] * 30), Evidence("c1", [CRASH] * 30)],
            "good commit crashes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_question_gets_a_clear_answer(known: list[Evidence], reason: str) -> None:
    decision = decide(LINE, known)
    assert isinstance(decision, Impossible)
    assert reason in decision.reason


def test_a_start_that_crashes_after_all_is_reproduced() -> None:
    assert isinstance(decide(LINE, [Evidence("c20", [OK] * 59 + [CRASH])]), Test)
    assert isinstance(decide(LINE, [Evidence("c20", [OTHER] * 50)]), Test)


def test_a_start_that_crashes_no_more_than_all_others_has_no_bug() -> None:
    background = [CRASH] * 3 + [OK] * 300
    known = [Evidence(sha, background) for sha in LINE.parents]
    decision = decide(LINE, known, replace(BAYES, near_end=0.3, budget_minutes=1e5))
    assert isinstance(decision, Impossible)
    assert "does not crash" in decision.reason


@pytest.mark.parametrize("good", ["c3", "c2"])
def test_nothing_lies_before_the_good_commit(good: Sha) -> None:
    """The good commit is the bad one, or contains it."""
    history = History(line(3), good=good, bad="c2")
    for known in ([], [Evidence("c2", [CRASH] * 3)], [Evidence("c3", [OK] * 9)]):
        decision = decide(history, known)
        assert isinstance(decision, Impossible)
        assert "good" in decision.reason
    assert suspects(history, []) == []


def test_a_range_of_one_commit_still_needs_both_its_ends() -> None:
    history = History(line(1), good="c0", bad="c1")
    crashed = Evidence("c1", [CRASH] * 3)
    asked = decide(history, [crashed])
    assert isinstance(asked, Test)
    assert [probe.sha for probe in asked.probes] == ["c0"]
    decision = decide(history, [crashed, Evidence("c0", [OK] * 9)])
    assert isinstance(decision, Found)
    assert decision.sha == "c1"


def test_commits_beside_the_history_are_left_out() -> None:
    strangers = [Evidence(UNKNOWN, [CRASH] * 9, signature="x"), Evidence("", built=False)]
    flying = [Probe("c12", 3)]
    expected = decide(LINE, [START], in_flight=flying)
    assert decide(LINE, [START, *strangers], in_flight=[*flying, Probe(UNKNOWN, 3)]) == expected
    wished = replace(LINE, prior={UNKNOWN: 1e6})
    assert decide(wished, [START]) == decide(LINE, [START])


@pytest.mark.parametrize("weight", [0.0, 1e-9])
def test_a_commit_of_no_weight_is_still_a_suspect(weight: float) -> None:
    unlikely = {f"c{n}": weight for n in range(5, 12)}
    history = replace(LINE, prior=unlikely)
    known = [START, Evidence("c12", [CRASH] * 9), Evidence("c4", [OK] * 20)]
    named = dict(suspects(history, known))
    assert all(named[sha] > 0 for sha in unlikely)
    more = [Evidence("c8", [CRASH] * 9), Evidence("c7", [OK] * 20)]
    assert dict(suspects(history, [*known, *more]))["c8"] > 1000 * named["c8"]


def test_commits_that_all_have_no_weight_are_alike() -> None:
    history = replace(LINE, prior=dict.fromkeys(LINE.parents, 0.0))
    assert decide(history, [START]) == decide(LINE, [START])


def test_without_a_worker_there_is_nothing_to_do_but_to_wait() -> None:
    assert decide(LINE, [START], workers=0) == Test([])


@pytest.mark.parametrize("flying", [[], [Probe("c10", 5)]], ids=["idle", "in flight"])
def test_when_the_budget_is_used_up_nothing_more_is_asked_for(flying: list[Probe]) -> None:
    policy = replace(BAYES, budget_minutes=10.0)
    decision = decide(LINE, [START, Evidence("c0", [OK] * 3)], policy, 2, flying)
    assert isinstance(decision, Inconclusive)
    assert not isinstance(decision, Impossible)
    assert decision.reason == "the budget of time is used up"


def test_kernels_that_were_there_before_cost_nothing() -> None:
    history = History(line(400), good="c0", bad="c400")
    kept = [Evidence(f"c{n}") for n in range(1, 400)]
    start = Evidence("c400", [CRASH] * 3)
    assert isinstance(decide(history, [start, *kept]), Test)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_where_few_runs_tell_batches_are_still_of_a_bearable_length(share: float) -> None:
    rng = Random(7)
    crashes = flaky(LINE, "c9", rng)

    def lab(sha: Sha, number: int) -> Outcome | None:
        deaf = sha not in ("c0", "c20") and rng.random() < share
        return OTHER if deaf else crashes(sha, number)

    bench = Bench(LINE, lab)
    assert isinstance(bench.search(), Found | Inconclusive)  # the bench checks each batch


def old_branch(young: int = 10, old: int = 7, merged: int = 5) -> History:
    """A fix on `m1`.. after the start, or on `o1`.., forked before it and merged by `m5`."""
    mainline = [("start", ("x0",)), ("m1", ("start",))]
    mainline += [(f"m{n}", (f"m{n - 1}",)) for n in range(2, merged)]
    branch = [("o1", ("x1",)), *((f"o{n}", (f"o{n - 1}",)) for n in range(2, old + 1))]
    merge = [(f"m{merged}", (f"m{merged - 1}", f"o{old}"))]
    later = [(f"m{n}", (f"m{n - 1}",)) for n in range(merged + 1, young + 1)]
    graph = newest_first([*mainline, *branch, *merge, *later])
    return History(graph, good="start", bad=f"m{young}", fix=True)


FIXES = old_branch()


@pytest.mark.parametrize("had", [True, False], ids=["had the bug", "never had it"])
@pytest.mark.parametrize("fix", [sha for sha in FIXES.parents if sha != "start"])
def test_a_fix_is_found_beside_branches_older_than_the_start(fix: Sha, had: bool) -> None:
    """On a branch that never had the bug nothing tells where its fix is: then all are named."""

    def lab(sha: Sha, number: int) -> Outcome:
        bug = had or FIXES.contains(sha, "start")
        return CRASH if bug and not FIXES.contains(sha, fix) else OK

    decision = Bench(FIXES, lab).search()
    hidden = fix in (["o1"] if had else ["m5", *(f"o{n}" for n in range(1, 8))])
    if hidden:
        assert isinstance(decision, Inconclusive)
        assert fix in decision.suspects
        assert {"o1", "m5"} <= set(decision.suspects)
    else:
        assert isinstance(decision, Found)
        assert decision.sha == fix


@pytest.mark.parametrize("fix", ["m3", "m5", "m9", "o4"])
def test_a_flaky_fix_is_found_too(fix: Sha) -> None:
    decision = Bench(FIXES, flaky(FIXES, fix, Random(3), 0.5)).search()
    assert isinstance(decision, Found)
    assert decision.sha == fix


def test_an_old_branch_that_is_silent_everywhere_is_not_searched_to_its_end() -> None:
    history = old_branch(young=20, old=40, merged=10)

    def lab(sha: Sha, number: int) -> Outcome:
        return CRASH if history.contains(sha, "start") and not history.contains(sha, "o20") else OK

    bench = Bench(history, lab)
    assert isinstance(bench.search(), Inconclusive)
    assert len([sha for sha in bench.tested if sha.startswith("o")]) < 12


def test_branches_forked_at_the_same_commits_had_the_bug_alike() -> None:
    """`a` and `b` both have `x0` and `x1` below them, whichever is met first."""
    merges = newest_first(
        [
            ("start", ("x2",)),
            ("a", ("x0", "x1")),
            ("b", ("x1", "x0")),
            ("bad", ("start", "a", "b")),
        ]
    )
    history = History(merges, good="start", bad="bad", fix=True)
    known = [Evidence("start", [CRASH] * 3), Evidence("a", [OK] * 9), Evidence("b", [CRASH] * 9)]
    turned = {**merges, "a": ("x1", "x0")}
    assert dict(suspects(history, known)) == pytest.approx(
        dict(suspects(replace(history, parents=turned), known))
    )


def test_a_fix_needs_the_commit_that_crashes() -> None:
    decision = decide(replace(FIXES, good=None), [])
    assert isinstance(decision, Impossible)
    assert "commit that crashes" in decision.reason
    assert decide(FIXES, []) == Test([Probe("start", BAYES.calibration_runs)])


def test_a_bug_that_is_still_there_is_said_to_be() -> None:
    decision = Bench(FIXES, lambda sha, number: CRASH).search()
    assert isinstance(decision, Inconclusive)
    assert "not fixed" in decision.reason


RELEASED = History(
    line(60),
    bad="c60",
    releases={"v5.0": "c0", "v5.1": "c15", "v5.2": "c30", "v5.3": "c45", "v5.3-rc1": "c40"},
)


@pytest.mark.parametrize("culprit", ["c4", "c22", "c38", "c45", "c59"])
@pytest.mark.parametrize("releases", [RELEASED.releases, {}], ids=["releases", "no releases"])
def test_without_a_good_commit_the_culprit_is_found(culprit: Sha, releases: dict[str, Sha]) -> None:
    history = replace(RELEASED, releases=releases)
    decision = Bench(history, flaky(history, culprit, Random(4), 0.7)).search()
    assert isinstance(decision, Found)
    assert decision.sha == culprit


def test_without_a_good_commit_releases_are_tried_before_other_commits() -> None:
    decision = decide(RELEASED, [Evidence("c60", [CRASH] * 3)])
    assert isinstance(decision, Test)
    assert decision.probes[0].sha in RELEASED.releases.values()


def test_a_bug_older_than_all_of_a_long_history_is_said_to_be() -> None:
    history = History(line(3000), bad="c3000", releases={"v5.0": "c0", "v5.1": "c1500"})
    decision = Bench(history, lambda sha, number: CRASH).search()
    assert isinstance(decision, Inconclusive)
    assert "already happened on the oldest tested release, v5.0" in decision.reason


@pytest.mark.parametrize("releases", [RELEASED.releases, {}], ids=["releases", "no releases"])
def test_a_bug_older_than_all_of_a_short_history_is_said_to_be(releases: dict[str, Sha]) -> None:
    history = replace(RELEASED, releases=releases)
    decision = Bench(history, lambda sha, number: CRASH).search()
    assert isinstance(decision, Inconclusive)
    assert "already happened on the oldest" in decision.reason


def test_a_kernel_known_to_be_the_same_needs_no_run_of_its_own() -> None:
    """`c10` is the binary of `c20`, which crashes: nothing between them changed anything."""
    start = Evidence("c20", [CRASH] * 3, signature="a")
    named = dict(suspects(LINE, [start, Evidence("c10", signature="a")]))
    assert all(named[f"c{n}"] < 1e-3 for n in range(11, 21))


def test_revisions_of_one_binary_have_the_same_left_to_tell() -> None:
    """More runs of either are more runs of both."""
    pooled = [Evidence("c9", [OK] * 10, signature="a"), Evidence("c12", [OK], signature="a")]
    search = Search(LINE, [START, *pooled], BAYES)
    rates = [
        option.rate
        for sha in ("c9", "c12")
        if (option := search.chooser.best([(1.0, search.belief)], set(LINE.parents) - {sha}))
    ]
    assert rates[0] == pytest.approx(rates[1], rel=0.3)
