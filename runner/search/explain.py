"""Why the probabilistic search does what it does, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runner.search.bayes import Search
from runner.search.choice import Option
from runner.search.decision import (
    BAYES,
    Alike,
    BayesPolicy,
    Decision,
    Evidence,
    Probe,
    Test,
    Verdict,
)
from runner.search.findings import Finding
from runner.search.history import History
from runner.search.rates import Noise, Table, rates_of
from runner.search.standing import WORTH_NAMING, Standing, stand
from runner.values import Sha

DECIDED = 1.0
"""Odds of 10 : 1, as a power of ten, from which the runs of a revision are called a verdict."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a probe was chosen."""

    sha: Sha
    runs: int
    inside: float
    """The chance that the revision has the change that is looked for."""
    bits: float
    """Expected information about the culprit; 0 when the probe is made whatever it tells."""
    minutes: float
    buildable: float
    naming: bool
    """It is the commit that would be named, and nobody is named unseen."""

    @property
    def words(self) -> str:
        if self.naming:
            return "nobody is named unseen: does the leading suspect itself show the bug?"
        if not self.bits:
            return "does the bug show where it was reported, and how often?"
        builds = "" if self.buildable > 0.9 else f", {_percent(self.buildable)} that it builds"
        return (
            f"{_percent(self.inside)} that it contains the culprit{builds}:"
            f" {self.bits:.2f} bits for about {_minutes(self.minutes)}"
        )


@dataclass(frozen=True, slots=True)
class Weight:
    """What one tested revision's runs say."""

    sha: Sha
    runs: int
    """That tell anything."""
    crashes: int
    mute: int
    """Runs with another crash, or a lost connection."""
    broken: bool
    odds: float
    """How much likelier its runs are if it has the bug than if it has not, as a power of ten."""
    fix: bool
    alike: Sequence[Alike] = ()
    """Crashes under other titles that may be the bug."""

    @property
    def verdict(self) -> Verdict | None:
        """In git's words, where the odds are clear; in a fix bisection bad means fixed."""
        if self.broken:
            return Verdict.SKIP
        if abs(self.odds) < DECIDED:
            return None
        return Verdict.BAD if (self.odds > 0) != self.fix else Verdict.GOOD

    @property
    def words(self) -> str:
        if self.broken:
            return "cannot be tested, which says nothing about the bug"
        return "; ".join([self._counts, *map(_likeness, self.alike)])

    @property
    def _counts(self) -> str:
        if not self.runs:
            return "no run told anything yet"
        crashes = f"{self.crashes} of {_counted(self.runs, 'run')} crashed"
        if abs(self.odds) < 0.1:
            return f"{crashes}: says next to nothing"
        side = "has" if self.odds > 0 else "does not have"
        return f"{crashes}: {_odds(abs(self.odds))} that it {side} the bug"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The state of a search."""

    decision: Decision
    suspects: Sequence[tuple[Sha, float]]
    """Highest first, those worth naming."""
    older: float
    """The chance that the other end is none: the bug is older, or (of a fix) still there."""
    absent: float
    """The chance that the commit said to crash has no bug."""
    crash_rate: float
    """Expected share of crashing runs where the bug is."""
    minutes_spent: float
    minutes_left: float
    """Expected; 0 at the end."""
    reasons: Sequence[Reason]
    """One for each probe of a `Test`."""
    weights: Sequence[Weight]
    """One for each tested revision, oldest first."""
    strain: float
    """Nats by which a single change falls short of explaining what was seen."""
    standing: Standing
    fix: bool

    @property
    def words(self) -> str:
        """Where the search stands, in a sentence or two."""
        parts = []
        if self.suspects:
            sha, chance = self.suspects[0]
            parts.append(f"{_percent(chance)} for {sha[:12]}")
        if len(self.suspects) > 1:
            parts.append(f"{_counted(len(self.suspects), 'suspect')} of at least 0.1 %")
        if self.older >= 0.01:
            far = "not fixed yet" if self.fix else "older than the range"
            parts.append(f"{_percent(self.older)} that it is {far}")
        if isinstance(self.decision, Test):
            parts.append(f"about {_minutes(self.minutes_left)} left")
        return ", ".join(parts)


def explain(
    history: History,
    evidence: Iterable[Evidence],
    policy: BayesPolicy = BAYES,
    workers: int = 1,
    in_flight: Sequence[Probe] = (),
) -> Explanation:
    """Everything there is to say of a state. Pure, like `decide`, whose decision it contains."""
    search = Search(history, tuple(evidence), policy, tuple(in_flight))
    decision, options = search.step(workers)
    far, near = search.belief.everywhere, search.belief.nowhere
    return Explanation(
        decision=decision,
        suspects=[one for one in search.suspects if one[1] >= WORTH_NAMING],
        older=near if history.fix else far,
        absent=far if history.fix else near,
        crash_rate=float(search.belief.rates @ rates_of(policy.noise).crash),
        minutes_spent=search.minutes_spent,
        minutes_left=_minutes_left(search) if isinstance(decision, Test) else 0.0,
        reasons=[_reason(search, option) for option in options],
        weights=weights(search.found, search.belief.rates, policy.noise, fix=history.fix),
        strain=search.strain,
        standing=stand(search),
        fix=history.fix,
    )


def standing_by_runs(
    history: History, evidence: Iterable[Evidence], sizes: Mapping[Sha, float] | None = None
) -> tuple[Standing, Sequence[Weight]]:
    """Where a search stands that decides by other rules, if its runs are weighed."""
    search = Search(history, tuple(evidence), BAYES)
    said = weights(search.found, search.belief.rates, BAYES.noise, fix=history.fix)
    return stand(search, sizes), said


def _reason(search: Search, option: Option) -> Reason:
    naming = not option.bits and option.sha != search.start
    return Reason(
        sha=option.sha,
        runs=option.runs,
        inside=option.inside,
        bits=option.bits,
        minutes=option.minutes,
        buildable=option.buildable,
        naming=naming,
    )


def weights(
    found: Sequence[Finding], believed: Table, noise: Noise, *, fix: bool
) -> Sequence[Weight]:
    """What each finding says by itself; `believed` is the probability of each grid point of the
    rates.
    """
    counts = np.array([(one.runs, one.crashes) for one in found], dtype=int).reshape(-1, 2)
    believed = np.log(np.maximum(believed, 1e-300))
    with_bug, without = (
        np.logaddexp.reduce(believed + table, axis=1)
        for table in rates_of(noise).likelihoods(counts[:, 0], counts[:, 1])
    )
    return [
        Weight(
            sha=one.sha,
            runs=one.runs,
            crashes=one.crashes,
            mute=one.mute,
            broken=one.broken,
            odds=float(odds),
            fix=fix,
            alike=one.alike,
        )
        for one, odds in zip(found, (with_bug - without) / np.log(10), strict=True)
    ]


def _minutes_left(search: Search) -> float:
    """What is missing, at the price of the next information; never more than the budget."""
    budget = max(0.0, search.policy.budget_minutes - search.minutes_spent)
    best = search.chooser.best([(1.0, search.belief)], ())
    return min(budget, search.belief.entropy / best.rate) if best else 0.0


def _percent(chance: float) -> str:
    """Two digits where they matter: 41 %, 0.3 %, 99.2 %."""
    percent = 100 * chance
    if 1 <= percent <= 99:
        return f"{percent:.0f} %"
    return f"{min(percent, 99.9) if chance < 1 else percent:.1f} %"


def _minutes(minutes: float) -> str:
    if minutes < 90:
        return _counted(max(1, round(minutes)), "minute")
    return f"{minutes / 60:.1f} hours"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _likeness(alike: Alike) -> str:
    """`2 crashed differently, 40 % alike`."""
    return f"{alike.runs} crashed differently, {_percent(alike.similarity)} alike"


def _odds(power: float) -> str:
    """`1000 : 1` of 3."""
    if power >= 6:
        return "over a million : 1"
    odds = 10**power
    return f"{odds:.1f} : 1" if odds < 10 else f"{float(f'{odds:.2g}'):,.0f} : 1"
