"""What the search says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.search import (
    BAYES,
    Evidence,
    Found,
    Inconclusive,
    Outcome,
    Probe,
    Test,
    Verdict,
    decide,
    explain,
    suspects,
)
from runner.values import Sha
from tests.runner.search.worlds import history

OK, CRASH, OTHER = Outcome.OK, Outcome.CRASH, Outcome.OTHER_CRASH
LINE = history("\n".join(f"c{n}: c{n - 1}" for n in range(20, 0, -1)) + "\nc0:", good="c0")
START = Evidence("c20", [CRASH] * 3)


def told(sha: Sha, crashes: int, quiet: int = 0) -> Evidence:
    return Evidence(sha, [CRASH] * crashes + [OK] * quiet)


def test_its_decision_and_suspects_are_those_of_the_search() -> None:
    known = [START, told("c10", 0, 6)]
    explained = explain(LINE, known)
    assert explained.decision == decide(LINE, known)
    ranked = suspects(LINE, known)
    assert [*explained.suspects] == ranked[: len(explained.suspects)]
    assert all(chance < 0.001 for _, chance in ranked[len(explained.suspects) :])


def test_first_it_asks_whether_the_bug_shows() -> None:
    (reason,) = explain(LINE, []).reasons
    assert (reason.sha, reason.runs) == ("c20", 60)
    assert reason.words == "does the bug show where it was reported, and how often?"


def test_a_probe_is_explained_by_what_it_tells_and_costs() -> None:
    (reason,) = explain(LINE, [START]).reasons
    assert 0.3 < reason.inside < 0.7
    assert reason.bits > 0.5
    assert reason.minutes > BAYES.build_minutes
    start, _, price = reason.words.partition(" that it contains the culprit: ")
    assert start.endswith(" %")
    assert price == f"{reason.bits:.2f} bits for about {reason.minutes:.0f} minutes"


def test_where_neighbours_failed_the_chance_to_build_is_said() -> None:
    broken = [Evidence(f"c{n}", built=False) for n in (9, 11)]
    (reason,) = explain(LINE, [START, told("c6", 0, 9), told("c14", 3), *broken]).reasons
    assert reason.buildable < 0.9
    assert "that it builds" in reason.words


@pytest.mark.parametrize(
    ("evidence", "verdict", "words"),
    [
        (
            told("c10", 3),
            Verdict.BAD,
            "3 of 3 runs crashed: ",
        ),
        (told("c10", 0, 1), None, "0 of 1 run crashed: "),
        (told("c10", 0, 12), Verdict.GOOD, "that it does not have the bug"),
        (Evidence("c10", built=False), Verdict.SKIP, "cannot be tested, which says nothing"),
        (Evidence("c10", [OTHER] * 3), None, "no run told anything yet"),
    ],
)
def test_the_runs_of_a_revision_are_put_into_odds(
    evidence: Evidence, verdict: Verdict | None, words: str
) -> None:
    known = [Evidence("c20", [OK, *[CRASH] * 3]), evidence]
    weights = {weight.sha: weight for weight in explain(LINE, known).weights}
    assert weights["c10"].verdict == verdict
    assert words in weights["c10"].words


def test_in_a_fix_bisection_a_quiet_revision_is_bad() -> None:
    world = replace(LINE, fix=True)
    known = [told("c0", 3), told("c20", 0, 12), told("c10", 2)]
    verdicts = {weight.sha: weight.verdict for weight in explain(world, known).weights}
    assert verdicts == {"c0": Verdict.GOOD, "c10": Verdict.GOOD, "c20": Verdict.BAD}


def test_minutes_are_spent_and_get_fewer() -> None:
    first = explain(LINE, [START])
    later = explain(LINE, [START, told("c10", 0, 6), told("c15", 2)])
    assert first.minutes_spent == pytest.approx(BAYES.build_minutes + 3 * BAYES.run_minutes)
    assert later.minutes_spent > first.minutes_spent
    assert 0 < later.minutes_left < first.minutes_left


def test_at_the_end_nothing_is_left() -> None:
    known = [START, told("c7", 0, 30), told("c8", 3), told("c0", 0, 9)]
    done = explain(LINE, known)
    assert isinstance(done.decision, Found)
    assert (done.minutes_left, [*done.reasons]) == (0, [])
    assert "left" not in done.words
    assert done.words.startswith("99")


def test_who_waits_for_what_is_in_flight_still_says_how_long() -> None:
    waiting = explain(LINE, [START], workers=0, in_flight=[Probe("c10", 5)])
    assert waiting.decision == Test([])
    assert waiting.minutes_left > 0


def test_a_history_that_no_single_change_explains_is_said_to_be_so() -> None:
    known = [START, told("c4", 3), told("c6", 3), told("c10", 0, 30), told("c12", 0, 30)]
    explained = explain(LINE, known)
    assert explained.strain > 10
    assert isinstance(explained.decision, Inconclusive)
    assert explained.decision.reason.startswith("the history is not monotone")


def test_one_odd_revision_is_no_reason_to_give_up() -> None:
    known = [START, told("c6", 2), told("c12", 0, 30), told("c14", 3), told("c4", 0, 20)]
    explained = explain(LINE, known)
    assert 0 < explained.strain < 10
    assert isinstance(explained.decision, Test)
