"""An answer that is said to be right with 99 % is right so often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import settings

from runner.search import BAYES, Evidence, Found, History, Outcome, Test, decide
from runner.values import Sha
from tests.runner.search.bench import Bench, flaky
from tests.runner.search.graphs import grown

OK, CRASH = Outcome.OK, Outcome.CRASH
TRIALS = 5 * settings().max_examples
"""500; with `HYPOTHESIS_PROFILE=explore` ten times as many."""
AHEAD = 16
"""Revisions that were run before the first question, so that a trial costs few decisions."""
TIMES = 4
"""Batches that are run where one was asked for; any way to gather evidence must do."""


def worlds(seed: int, count: int) -> Iterator[tuple[History, Sha, float, float, Random]]:
    """History, culprit, crash rate and background rate; ten worlds on each history."""
    rng = Random(seed)
    for number in range(count):
        if number % 10 == 0:
            history = grown(rng, rng.randint(30, 60))
        culprit = rng.choice(history.candidates(history.bad, ["c0"]))
        yield history, culprit, rng.uniform(0.2, 1.0), rng.choice((0.0, 0.01, 0.03)), rng


def hasty(history: History, culprit: Sha, p: float, q: float, rng: Random) -> Bench:
    """A bench with some runs of random revisions, and a start that crashed."""
    bench = Bench(history, flaky(history, culprit, rng, p, q))
    bench.known.append(Evidence(history.bad, [CRASH] * 3))
    some = rng.sample(sorted(history.parents), min(AHEAD, len(history.parents)))
    bench.known += [Evidence(sha, bench.batch(sha, 8) or ()) for sha in some]
    return bench


def test_answers_are_right_as_often_as_they_say() -> None:
    answers: Counter[str] = Counter()
    claimed = 0.0
    for history, culprit, p, q, rng in worlds(1, TRIALS):
        bench = hasty(history, culprit, p, q, rng)
        while isinstance(decision := decide(history, bench.known, BAYES), Test):
            for probe in [*decision.probes] * TIMES:
                bench.run(probe)
        if isinstance(decision, Found):
            answers["right" if decision.sha == culprit else "wrong"] += 1
            claimed += decision.confidence
    named = answers.total()
    assert named >= 0.97 * TRIALS
    assert answers["right"] >= 0.985 * named
    assert claimed / named == pytest.approx(answers["right"] / named, abs=0.01)


@pytest.mark.parametrize("q", [0.0, 0.03])
def test_whole_searches_are_answered_and_right(q: float) -> None:
    right = 0
    for history, culprit, p, _, rng in worlds(2, 40):
        decision = Bench(history, flaky(history, culprit, rng, p, q)).search()
        right += isinstance(decision, Found) and decision.sha == culprit
    assert right >= 38
