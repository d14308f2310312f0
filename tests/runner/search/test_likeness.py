"""What crashes under another title say of the bug."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.search import (
    Alike,
    Decision,
    Evidence,
    Found,
    Inconclusive,
    Outcome,
    decide,
    explain,
    suspects,
)
from runner.values import Sha
from tests.runner.search.worlds import history

OK, CRASH, OTHER = Outcome.OK, Outcome.CRASH, Outcome.OTHER_CRASH
LINE = history("\n".join(f"c{n}: c{n - 1}" for n in range(20, 0, -1)) + "\nc0:", good="c0")
START = Evidence("c20", [CRASH] * 6 + [OK] * 6)
GOOD = Evidence("c0", [OK] * 20)


def other(sha: Sha, crashes: int, quiet: int, similarity: float, title: str = "T") -> Evidence:
    alike = [Alike(title, similarity)] * crashes
    return Evidence(sha, [OTHER] * crashes + [OK] * quiet, alike=alike)


def chance(sha: Sha, *known: Evidence) -> float:
    return dict(suspects(LINE, known))[sha]


def turned(similarity: float) -> list[Evidence]:
    """The bug under its title down to c15, a crash alike down to c8, and nothing below."""
    quiet = [Evidence(sha, [OK] * 20) for sha in ("c7", "c4")]
    own = [Evidence(sha, [CRASH] * 4 + [OK] * 4) for sha in ("c15", "c16")]
    return [START, GOOD, *quiet, *own, *(other(f"c{n}", 10, 20, similarity) for n in (8, 11, 14))]


def unlike(known: list[Evidence]) -> list[Evidence]:
    return [replace(one, alike=()) for one in known]


def end(known: list[Evidence]) -> Decision:
    return decide(LINE, known)


def test_a_bug_that_had_another_title_is_found_below_where_it_was_renamed() -> None:
    blind = end(unlike(turned(0.995)))
    assert isinstance(blind, Found)
    assert blind.sha == "c15"
    found = end([*turned(0.995), Evidence("c7", [OK] * 20), START])
    assert isinstance(found, Found)
    assert found.sha == "c8"


@pytest.mark.parametrize("similarity", [0.85, 0.9, 0.95])
def test_no_commit_is_surer_than_the_title_is_the_bugs(similarity: float) -> None:
    known = turned(similarity)
    assert chance("c8", *known) == pytest.approx(similarity, abs=0.02)
    assert chance("c15", *known) == pytest.approx(1 - similarity, abs=0.02)


def test_where_only_the_title_decides_no_more_is_run() -> None:
    decision = end(turned(0.9))
    assert isinstance(decision, Inconclusive)
    assert {*decision.suspects} == {"c8", "c15"}
    assert "depends on whether crashes under another title" in decision.reason


@pytest.mark.parametrize("similarity", [0.0, 0.375, 0.79])
def test_an_unlikely_title_changes_nothing(similarity: float) -> None:
    assert suspects(LINE, turned(similarity)) == suspects(LINE, unlike(turned(similarity)))
    assert end(turned(similarity)) == end(unlike(turned(similarity)))


def test_the_likelier_a_title_is_the_more_its_crashes_are_like_the_bugs_own() -> None:
    own = [replace(one, outcomes=[CRASH if seen == OTHER else seen for seen in one.outcomes])
           for one in unlike(turned(0.9))]  # fmt: skip
    found = [chance("c8", *known) for known in (turned(0.85), turned(0.99), own)]
    assert found == sorted(found)


def test_a_title_that_shows_where_the_bug_is_not_is_none_of_it() -> None:
    both = [Evidence(sha, [OK] * 40) for sha in ("c3", "c12")]
    known = [START, GOOD, *both, other("c1", 3, 30, 0.9), other("c11", 3, 30, 0.9)]
    assert dict(suspects(LINE, known)) == pytest.approx(
        dict(suspects(LINE, unlike(known))), abs=0.01
    )


def test_what_the_crashing_commit_shows_too_is_likelier_the_bug() -> None:
    below = [GOOD, Evidence("c7", [OK] * 12), *(other(f"c{n}", 5, 0, 0.6) for n in (8, 11))]
    seen = other("c20", 2, 0, 0.6)
    elsewhere = other("c20", 2, 0, 0.6, title="U")
    assert chance("c8", START, *below, seen) > 0.8
    assert chance("c8", START, *below, elsewhere) < 0.3


def test_titles_are_weighed_apart_and_in_any_order() -> None:
    known = [*turned(0.9), other("c2", 2, 2, 0.85, title="U"), other("c11", 2, 0, 0.85, title="U")]
    assert suspects(LINE, known) == suspects(LINE, known[::-1])


def test_revisions_with_one_kernel_show_a_title_as_one() -> None:
    one = [replace(other(sha, 2, 2, 0.9), signature="same") for sha in ("c8", "c9")]
    pooled = replace(other("c8", 4, 4, 0.9), signature="same")
    rest = [START, GOOD, Evidence("c7", [OK] * 12)]
    twin = Evidence("c9", signature="same")
    assert dict(suspects(LINE, [*rest, *one])) == pytest.approx(
        dict(suspects(LINE, [*rest, pooled, replace(twin, outcomes=[])])), abs=0.02
    )


def test_a_fix_is_where_the_crashes_alike_end() -> None:
    line = replace(LINE, fix=True)
    known = [
        Evidence("c0", [CRASH] * 6),
        *(other(f"c{n}", 8, 0, 0.995) for n in (5, 9, 10)),
        *(Evidence(f"c{n}", [OK] * 12) for n in (11, 15, 20)),
    ]
    sha, found = suspects(line, known)[0]
    assert sha == "c11"
    assert found > 0.9


def test_how_alike_a_crash_is_is_said() -> None:
    weights = {one.sha: one for one in explain(LINE, [START, other("c9", 2, 3, 0.4)]).weights}
    assert weights["c9"].words.endswith("2 crashed differently, 40 % alike")
    assert "alike" not in weights["c20"].words
