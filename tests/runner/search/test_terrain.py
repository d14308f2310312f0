"""What failed says where else a revision is likely to fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search import Evidence, History, Outcome
from runner.search.ancestry import Weights
from runner.search.findings import HOPELESS, findings
from runner.search.terrain import Terrain, survey
from runner.values import Sha
from tests.runner.search.graphs import evidence, examples, histories, line, newest_first

OK, CRASH, OTHER, BOOT, LOST = Outcome
LINE = History(line(100), good="c0", bad="c100")


def surveyed(history: History, known: list[Evidence]) -> Terrain:
    return survey(history, findings(history, known))


def by_sha(history: History, weights: Weights) -> dict[Sha, float]:
    return dict(zip(history.ancestry.order, weights.tolist(), strict=True))


def buildable(*known: Evidence, history: History = LINE) -> dict[Sha, float]:
    return by_sha(history, surveyed(history, list(known)).buildable)


def telling(*known: Evidence) -> dict[Sha, float]:
    return by_sha(LINE, surveyed(LINE, list(known)).telling)


@examples(40)
@given(st.data())
def test_chances_are_chances_and_what_was_seen_is_certain(data: st.DataObject) -> None:
    history = data.draw(histories())
    known = data.draw(evidence(history))
    found = findings(history, known)
    terrain = survey(history, found)
    for chances in (terrain.buildable, terrain.telling):
        assert ((chances >= 0) & (chances <= 1)).all()
    builds = by_sha(history, terrain.buildable)
    for one in found:
        assert builds[one.sha] == (0.0 if one.broken else 1.0)


def test_with_nothing_failed_all_are_alike() -> None:
    assert len(set(buildable().values())) == 1
    known = buildable(Evidence("c50", [OK]))
    assert len({chance for sha, chance in known.items() if sha != "c50"}) == 1
    assert set(telling(Evidence("c50", [OK, CRASH])).values()) == {1.0}


@pytest.mark.parametrize(
    "failed", [Evidence("c50", built=False), Evidence("c50", [BOOT] * HOPELESS)]
)
def test_the_nearer_to_what_failed_the_likelier_to_fail(failed: Evidence) -> None:
    chances = buildable(failed)
    for way in (1, -1):
        near = [chances[f"c{50 + way * step}"] for step in (1, 2, 5, 20, 45)]
        assert near == sorted(near)
        assert near[0] < 0.7 < near[-1]


def test_a_range_ends_before_what_works() -> None:
    failed = Evidence("c50", built=False)
    alone = buildable(failed)
    bounded = buildable(failed, Evidence("c53", [OK]), Evidence("c48", [CRASH]))
    assert bounded["c54"] > alone["c54"]
    assert bounded["c47"] > alone["c47"]
    assert bounded["c51"] < bounded["c54"]
    assert bounded["c49"] < bounded["c47"]


def test_between_two_that_failed_hardly_anything_builds() -> None:
    chances = buildable(Evidence("c50", built=False), Evidence("c54", built=False))
    assert all(chances[f"c{n}"] < 0.2 for n in (51, 52, 53))
    assert chances["c52"] < chances["c49"]
    assert chances["c52"] < chances["c55"]
    mended = buildable(
        Evidence("c50", built=False), Evidence("c54", built=False), Evidence("c52", [OK])
    )
    assert mended["c51"] > chances["c51"]


def test_a_branch_without_the_breaking_commit_is_as_good_as_any() -> None:
    left = [(f"l{n}", (f"l{n - 1}" if n else "base",)) for n in range(20)]
    right = [(f"r{n}", (f"r{n - 1}" if n else "base",)) for n in range(20)]
    graph = newest_first([("base", ()), *left, *right, ("tip", ("l19", "r19"))])
    history = History(graph, good="base", bad="tip")
    whole = buildable(history=history)
    chances = buildable(Evidence("l10", built=False), history=history)
    assert all(chances[f"r{n}"] == pytest.approx(whole[f"r{n}"]) for n in range(20))
    assert chances["l9"] < whole["l9"]
    assert chances["l11"] < whole["l11"]
    assert chances["tip"] < whole["tip"]


def test_where_other_crashes_hide_the_bug_fewer_runs_tell() -> None:
    shares = telling(Evidence("c50", [OTHER] * 9 + [OK]), Evidence("c80", [OK] * 10))
    assert shares["c50"] == pytest.approx(0.1, abs=0.05)
    assert shares["c50"] < shares["c51"] < shares["c60"] <= 1
    assert shares["c51"] < 0.7
    assert shares["c80"] == 1.0
    assert shares["c95"] > 0.9
    lost = telling(Evidence("c50", [LOST] * 9 + [OK]), Evidence("c80", [OK] * 10))
    assert lost == shares
