"""Why a search asks for its next runs, in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.commands.reasons import in_words, why
from runner.search import (
    BAYES,
    CLASSIC,
    Evidence,
    Explanation,
    Outcome,
    Probe,
    Reason,
    Test,
    explain,
)
from tests.runner.search.worlds import history

SHA = "3f0c457e654533a5" + "0" * 24
REASON = Reason(SHA, 8, inside=0.41, bits=0.9, minutes=12, buildable=1, naming=False)
STATE = Explanation(
    decision=Test([Probe(SHA, 8)]),
    suspects=[(SHA, 0.12), ("b" * 40, 0.05), ("c" * 40, 0.002)],
    older=0.02,
    absent=0.01,
    crash_rate=0.3,
    minutes_spent=20,
    minutes_left=34.6,
    reasons=[REASON],
    weights=[],
    strain=0,
    standing=explain(history("c1: c0\nc0:", good="c0"), []).standing,
    fix=False,
)
SPLIT = [("b" * 40, 0.02), (SHA, 0.01)]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (STATE, "41 % likely bad; about 35 min left; best suspect 3f0c457e6545, 12 %"),
        (
            replace(STATE, fix=True),
            "41 % likely fixed; about 35 min left; best suspect 3f0c457e6545, 12 %",
        ),
        (replace(STATE, suspects=SPLIT), "41 % likely bad; about 35 min left; 2 suspects"),
        (replace(STATE, suspects=[]), "41 % likely bad; about 35 min left"),
        (
            replace(STATE, suspects=[], older=0.3),
            "41 % likely bad; about 35 min left; 30 % that the bug is older",
        ),
        (
            replace(STATE, suspects=[], older=0.3, fix=True),
            "41 % likely fixed; about 35 min left; 30 % that the bug is not fixed yet",
        ),
        (
            replace(STATE, reasons=[replace(REASON, bits=0)]),
            "does it show the bug, and how often?",
        ),
        (
            replace(STATE, reasons=[replace(REASON, bits=0, naming=True)]),
            "it is the culprit, if it shows the bug itself",
        ),
    ],
)
def test_the_probabilistic_search_tells_chance_time_and_suspect(
    state: Explanation, words: str
) -> None:
    assert in_words(state) == words


LINE = "\n".join(f"c{n}: c{n - 1}" for n in range(12, 0, -1)) + "\nc0:"
CRASHED = Evidence("c12", [Outcome.CRASH] * 20)
QUIET = Evidence("c0", [Outcome.OK] * 10)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ([], "does it show the bug?"),
        ([CRASHED], "is it good?"),
        ([CRASHED, QUIET], "5 revisions left after this, roughly 3 steps"),
    ],
)
def test_the_classic_search_tells_its_step(evidence: list[Evidence], words: str) -> None:
    assert why(history(LINE, good="c0"), evidence, CLASSIC) == words


def test_releases_are_named() -> None:
    world = history(LINE, releases={"v1.1": "c6", "v1.0": "c0"})
    assert why(world, [CRASHED], CLASSIC) == "does release v1.1 show it?"


def test_the_words_are_those_of_the_search_itself() -> None:
    world = history(LINE, good="c0")
    known = explain(world, [CRASHED], BAYES)
    assert why(world, [CRASHED], BAYES) == in_words(known)
