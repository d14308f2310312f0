"""What has to be run to verify a culprit, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.values import Outcome
from runner.verification import Case, Check, Known, Part, Result, runs_to_show

OK, CRASH, BOOT, OTHER = Outcome.OK, Outcome.CRASH, Outcome.BOOT_FAILED, Outcome.OTHER_CRASH
BASE = "0123456789abcdef"

OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=45)
TESTED = st.builds(
    Known,
    outcomes=OUTCOMES,
    built=st.sampled_from([None, True, False]),
    why_not=st.sampled_from(["", "", "it is a merge"]),
)
CASES = st.builds(
    Case,
    parts=st.fixed_dictionaries(dict.fromkeys(Part, TESTED)),
    base=st.just(BASE),
    fix=st.booleans(),
    is_merge=st.booleans(),
    is_release=st.booleans(),
    reported=TESTED,
)


def known(*outcomes: Outcome, signature: str = "") -> Known:
    return Known(outcomes, built=True, signature=signature)


def case(
    culprit: Sequence[Outcome] = (CRASH,) * 3,
    parent: Sequence[Outcome] = (OK,) * 3,
    revert: Sequence[Outcome] = (OK,) * 3,
    *,
    fix: bool = False,
    reported: Sequence[Outcome] = (),
) -> Case:
    parts = {
        Part.CULPRIT: known(*culprit, signature="one"),
        Part.PARENT: known(*parent, signature="other"),
        Part.REVERT: known(*revert),
    }
    return Case(parts, BASE, fix, reported=known(*reported))


def result(of: Case, name: str) -> tuple[Result, str]:
    [check] = [check for check in of.checks() if check.name == name]
    return check.result, check.words


@pytest.mark.parametrize(
    ("rate", "once", "twice"),
    [(0.0, 21, 21), (0.1, 21, 21), (0.3, 13, 20), (0.5, 7, 11), (0.9, 2, 4), (1.0, 1, 2)],
)
def test_a_crash_shows_in_so_many_runs_with_99_percent(rate: float, once: int, twice: int) -> None:
    assert (runs_to_show(rate), runs_to_show(rate, 2)) == (once, twice)


@pytest.mark.parametrize(
    ("outcomes", "quiet", "crashing"),
    [
        ([CRASH] * 3, 3, 3),
        ([CRASH, OK], 7, 11),
        ([CRASH, OK, OK], 12, 17),
        ([CRASH] + [OK] * 30, 20, 20),
        ([], 20, 20),
    ],
)
def test_runs_enough_are_between_three_and_twenty(
    outcomes: list[Outcome], quiet: int, crashing: int
) -> None:
    assert case(outcomes).runs(Part.PARENT) == quiet
    assert case(outcomes).runs(Part.CULPRIT) == crashing


def test_the_rate_is_that_of_all_runs_where_the_bug_was_seen() -> None:
    assert case([CRASH], reported=[CRASH, OK, OK]).rate() == 0.5
    fix = case(fix=True, culprit=[OK], parent=[CRASH], revert=[OK], reported=[CRASH, OK, OK])
    assert fix.rate() == 0.4
    assert fix.rate(without=Part.REVERT) == 0.5
    assert case([CRASH, OTHER, BOOT]).rate() == 1.0


def test_runs_that_were_made_count_and_what_says_enough_needs_no_more() -> None:
    flaky = case([CRASH, OK], [OK] * 4, [])
    assert [flaky.missing(part) for part in Part] == [9, 3, 7]
    told = case([OK, CRASH, CRASH], [OK, CRASH], [CRASH])
    assert [told.missing(part) for part in Part] == [0, 0, 0]


def test_the_parts_of_a_fix_are_expected_the_other_way_round() -> None:
    fix = case(culprit=[OK], parent=[CRASH, OK], revert=[CRASH], fix=True)
    assert [fix.missing(part) for part in Part] == [4, 5, 6]
    assert [fix.crashes(part) for part in Part] == [False, True, True]


@pytest.mark.parametrize(
    "hopeless",
    [Known(built=False), Known(why_not="it is a merge"), known(*[BOOT] * 4)],
)
def test_what_can_not_be_run_is_not_waited_for(hopeless: Known) -> None:
    whole = case()
    parts = {**whole.parts, Part.REVERT: hopeless}
    stuck = Case(parts, BASE)
    assert stuck.missing(Part.REVERT) == 0
    assert result(stuck, "revert")[0] is Result.UNCHECKED


def test_runs_that_tell_nothing_are_repeated_but_not_for_ever() -> None:
    assert case(parent=[OTHER] * 3).missing(Part.PARENT) == 3
    assert case(parent=[OTHER] * 6).missing(Part.PARENT) == 0


def test_a_culprit_that_holds_passes_every_check() -> None:
    assert case().checks() == [
        Check("merge", Result.PASSED, "it is not a merge"),
        Check("release", Result.PASSED, "it is not a release commit"),
        Check("signature", Result.PASSED, "it builds another kernel than its parent"),
        Check("culprit", Result.PASSED, "it crashed in 3 of 3 runs"),
        Check("parent", Result.PASSED, "its parent did not crash in 3 runs"),
        Check("revert", Result.PASSED, "0123456789ab with it reverted did not crash in 3 runs"),
    ]


@pytest.mark.parametrize(
    ("of", "name", "want", "words"),
    [
        (case(parent=[OK, CRASH]), "parent", "failed", "its parent crashed in 1 of 2 runs"),
        (
            case(revert=[CRASH]),
            "revert",
            "failed",
            "0123456789ab with it reverted crashed in 1 of 1 run",
        ),
        (
            case([CRASH] + [OK] * 8, reported=[CRASH] * 11),
            "culprit",
            "failed",
            "it crashed in 1 of 9 runs only",
        ),
        (
            case([CRASH] + [OK] * 29, parent=[OK] * 20),
            "culprit",
            "unchecked",
            "it crashed in 1 of 30 runs: the bug is too rare to show twice",
        ),
        (
            case([CRASH] + [OK] * 9, parent=[OK] * 20),
            "parent",
            "passed",
            "its parent did not crash in 20 runs: a crash would have shown with 88 %",
        ),
        (
            case(parent=[OK] + [OTHER] * 5),
            "parent",
            "unchecked",
            "its parent did not crash in 1 run, and other runs told nothing",
        ),
        (case(parent=[BOOT] * 4), "parent", "unchecked", "its parent does not boot"),
        (
            case(parent=[OTHER] * 6),
            "parent",
            "unchecked",
            "its parent told nothing of the bug in its runs",
        ),
        (
            case(fix=True, culprit=[OK] * 3, parent=[CRASH] * 3, revert=[OK] * 20),
            "revert",
            "failed",
            "0123456789ab with it reverted did not crash in 20 runs",
        ),
    ],
)
def test_what_came_out_is_said(of: Case, name: str, want: str, words: str) -> None:
    assert result(of, name) == (Result(want), words)


@given(CASES)
def test_every_case_ends_and_says_every_check_once(of: Case) -> None:
    """Whatever the missing runs show, less is missing after them."""
    for part in Part:
        missing = of.missing(part)
        assert 0 <= missing <= 20
        assert bool(of.checks())
    assert [check.name for check in of.checks()] == [
        *("merge", "release", "signature", "culprit", "parent", "revert")
    ]


@given(CASES, st.sampled_from(Part), st.sampled_from(Outcome))
def test_runs_of_one_kind_come_to_an_end(of: Case, part: Part, outcome: Outcome) -> None:
    for _ in range(60):
        if not of.missing(part):
            return
        before = of.parts[part]
        more = Known([*before.outcomes, outcome], built=True)
        of = Case({**of.parts, part: more}, BASE, of.fix, reported=of.reported)
    raise AssertionError("it goes on and on")


@given(CASES)
def test_nothing_passes_that_crashed_against_the_claim(of: Case) -> None:
    for check in of.checks():
        if check.name in set(Part) and check.result is Result.PASSED:
            ran = of.parts[Part(check.name)]
            assert ran.crashes >= 2 if of.crashes(Part(check.name)) else not ran.crashes
