"""What crashes under another title say: each title is the bug's with some probability, or is not.

That is one question for the whole search, not one for each run: the same other bug may show on any
number of revisions. If a title is the bug's, all its crashes are the bug's; if it is not, they tell
nothing. What is believed is a mixture of both, and no commit is surer than the title is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from runner.search.ancestry import Weights
from runner.search.decision import Alike, Evidence
from runner.search.rates import Rates, Table
from runner.values import Sha

LIKELY = 0.8
"""From here on a title is weighed; below it is taken for another bug's, and says nothing."""
MOST = 0.995
"""No other title is surer to be the bug's than that."""
SHOWN_AT_START = 6.0
"""So many times likelier is a title the bug's when the commit that is said to crash shows it."""


def similarities(evidence: Iterable[Evidence], start: Sha | None) -> dict[str, float]:
    """Of every other title that was seen, how likely it is the bug's."""
    doubts: dict[str, float] = {}
    at_start = set[str]()
    for one in evidence:
        for alike in one.alike:
            doubt = doubts.get(alike.title, 1.0)
            doubts[alike.title] = min(doubt, 1 - alike.similarity)
            if one.sha == start and alike.similarity:
                at_start.add(alike.title)
    return {
        title: min(MOST, 1 - doubt / (SHOWN_AT_START if title in at_start else 1))
        for title, doubt in doubts.items()
    }


def weighed(alike: Iterable[Alike], similarity: Mapping[str, float]) -> tuple[Alike, ...]:
    """One for each title that may be the bug's, as similar as all evidence says."""
    return summed(replace(one, similarity=similarity[one.title]) for one in alike)


@dataclass(frozen=True, slots=True)
class Showing:
    """A binary that showed a title, beside what it is known by."""

    runs: int
    crashes: int
    alike: int
    """Runs that crashed with this title; they are not among the others."""
    state: NDArray[np.bool_]
    """By class, whether it has the change."""


def weigh(
    joint: Table, similarity: float, showing: Sequence[Showing], rates: Rates, *, fix: bool
) -> Table:
    """The logarithm of a joint table [class, rate], with a title that is the bug's, or is not.

    The table is given as logarithms that sum to 1, and returned so. A title that does not fit in
    with what else was seen is less likely the bug's; that it fits makes it no likelier, as some
    other bug may be where this one is.
    """
    gain: Table = np.zeros(joint.shape)
    for one in showing:
        with_bug, without = _gain(one, rates)
        changed, unchanged = (without, with_bug) if fix else (with_bug, without)
        gain += np.where(one.state[:, None], changed, unchanged)
    its = joint + gain
    chance = _total(its)
    elsewise = sum(_log_any_rate(one.runs - one.crashes, one.alike) for one in showing)
    odds = np.log(similarity) - np.log1p(-similarity) + min(0.0, chance - elsewise)
    certain = -np.logaddexp(0.0, -odds)
    mixed: Table = np.logaddexp(its - chance + certain, joint + certain - odds)
    return mixed


def _total(logs: Table) -> float:
    return float(np.logaddexp.reduce(logs, axis=None))


def _log_any_rate(quiet: int, crashes: int) -> float:
    """Of so many quiet runs and crashes of a bug of which nothing is known, not even its rate."""
    return lgamma(quiet + 1) + lgamma(crashes + 1) - lgamma(quiet + crashes + 2)


def _gain(one: Showing, rates: Rates) -> tuple[Weights, Weights]:
    """Logarithms by rate: how the likelihood changes when the title's runs are the bug's."""
    runs = np.array([one.runs, one.runs + one.alike])
    crashes = np.array([one.crashes, one.crashes + one.alike])
    with_bug, without = rates.likelihoods(runs, crashes)
    return with_bug[1] - with_bug[0], without[1] - without[0]


def summed(alike: Iterable[Alike]) -> tuple[Alike, ...]:
    """One for each title that may be the bug's; equal titles have equal similarities."""
    runs = Counter[tuple[str, float]]()
    for one in alike:
        if one.similarity:
            runs[one.title, one.similarity] += one.runs
    return tuple(Alike(*title, runs[title]) for title in sorted(runs))
