"""What a log tells, in the numbers that the score weighs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, islice, product
from math import log

import numpy as np

from runner.console.similarity import SAME_FUNCTION, similarity
from runner.log import Log
from runner.score.affinity import Affinity, affinity
from runner.score.oddity import oddity
from runner.score.steps import Step, Tested, tested
from runner.search.rates import NOISE, Table, rates_of
from runner.values import Crash

ALIKE = 0.4
"""From this likeness on, a crash counts as the bug's where its rate is looked for."""
SHARED = 0.5
"""How much the rate of one revision says of another's: their runs count as so many."""
MASKED = 0.02
"""How often a revision has the bug and cannot show it, however often it is run."""
TITLES = 20
"""Titles of the bug, and of a step, that are looked at: a log may be made up to be long."""
RUNS = 200
"""Runs of a revision that are weighed."""
USUAL = 10
"""Runs of a revision that the coefficients were fitted on."""
LEAST_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """A step, with what speaks against its verdict."""

    step: Step
    quiet: float = 0.0
    """For quiet ones, the logarithm of how much likelier a revision with the bug stays so quiet
    than in the usual number of runs."""
    strange: float = 0.0
    """How little this crash and all later ones are like the bug, beyond what was strange before:
    a later crash of the bug itself shows that the range was right."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a bisection."""

    bug: tuple[str, ...]
    """Titles of its crashes, the commonest first."""
    judged: tuple[Judged, ...]
    """The steps that had a verdict, in their order."""
    lowest: float
    """The lowest crash rate of the revisions that were taken for bad."""
    walked: int
    """Releases that were tested to find the range."""
    is_named: bool
    """Whether one commit is named: a list of candidates shows nothing of any of them."""
    affinity: Affinity
    likeness: float
    """Of the crash at the end of the log to the bug's."""
    odd: str
    """Why the culprit can hardly be one; empty if it can."""
    message: int
    """How long the culprit's own words are, in characters; 0: the log does not show them."""
    weighed: float | None
    """What a search that weighs every run, as ours, gives its culprit; None: git was told verdicts
    instead."""


def story(log: Log) -> Story:
    found = tested(log)
    bug = _bug(found, log)
    report = log.crash.more if log.crash else ""
    weighed = not log.git
    steps = [_weighed(step, bug) if weighed else step for step in found.steps]
    crashing = [step for step in (found.start, *steps) if step and step.crashing and step.crashed]
    culprit = log.culprit
    return Story(
        bug,
        tuple(_judged(steps, bug, _rates(crashing, bug))),
        min((step.rate for step in crashing), default=1.0),
        sum(bool(step.release) for step in steps),
        culprit is not None,
        affinity(culprit, bug, report) if culprit else Affinity(),
        likeness([log.crash.title], bug) if log.crash else 0.0,
        oddity(culprit, report) if culprit else "",
        len(culprit.shown.message) if culprit and culprit.shown else 0,
        1 - (log.error_probability or 0.0) if weighed else None,
    )


def _bug(found: Tested, log: Log) -> tuple[str, ...]:
    """Its titles on the start commit; where that says nothing, the first that are to be had."""
    crashing = (step for step in (found.start, *found.steps) if step and step.crashes)
    first = next(crashing, None)
    if log.crash and (first is None or first is not found.start):
        return (log.crash.title,)
    return first.titles[:TITLES] if first else ()


def _weighed(step: Step, bug: Sequence[str]) -> Step:
    """Where no verdicts are given, another crash says nothing."""
    other = step.crashing and likeness(step.titles, bug) <= ALIKE
    return replace(step, crashing=None) if other else step


def likeness(titles: Iterable[str], bug: Iterable[str]) -> float:
    """Of the crash that is most like one of the bug's: 1 for the same function, 0 for nothing.

    The logarithm of what similarity says: how much likelier the bug shows this than another does.
    """
    pairs = product(islice(titles, TITLES), tuple(bug))
    return max((_alike(title, other) for title, other in pairs), default=0.0)


@lru_cache(maxsize=65536)
def _alike(one: str, other: str) -> float:
    ratio = 1 / max(1 - similarity(Crash(one, ""), Crash(other, "")), 1 / SAME_FUNCTION)
    return log(ratio) / log(SAME_FUNCTION)


def _judged(steps: Sequence[Step], bug: Sequence[str], rates: Table) -> Iterable[Judged]:
    alike = [likeness(step.titles, bug) if step.crashing else 0.0 for step in steps]
    later = list(accumulate(reversed(alike), max))[::-1]
    strangest = 0.0
    for step, best in zip(steps, later, strict=True):
        if step.crashing is None:
            continue
        if not step.crashing:
            chances = [_silence(rates, runs) for runs in (min(step.quiet, RUNS), USUAL)]
            yield Judged(step, quiet=log((MASKED + chances[0]) / (MASKED + chances[1])))
            continue
        strange = 1 - best
        yield Judged(step, strange=max(strange - strangest, 0.0))
        strangest = max(strange, strangest)


def _rates(crashing: Iterable[Step], bug: Sequence[str]) -> Table:
    """How likely each rate of the grid is, by the revisions that crashed like the bug."""
    table = rates_of(NOISE)
    weights = np.log(table.prior)
    likes = [(_like(step, bug), step.quiet) for step in crashing]
    counts = [(min(like, RUNS), min(like + quiet, RUNS)) for like, quiet in likes if like]
    if counts:
        crashes, runs = np.array(counts).T
        weights = weights + SHARED * table.likelihoods(runs, crashes)[0].sum(axis=0)
    shares = np.exp(weights - weights.max())
    normal: Table = shares / shares.sum()
    return normal


def _like(step: Step, bug: Sequence[str]) -> int:
    """Its crashes that are like the bug."""
    titles = step.titles[:TITLES]
    return sum(step.crashes[title] for title in titles if likeness([title], bug) > ALIKE)


def _silence(rates: Table, runs: int) -> float:
    """The chance that a revision with the bug stays quiet in so many runs."""
    with_bug, _ = rates_of(NOISE).likelihoods(np.array([runs]), np.array([0]))
    return float((rates * np.exp(with_bug[0])).sum())
