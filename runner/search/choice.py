"""Which revision to run next, and how often: the most expected information per minute.

The information is that of a batch's outcome (the run that crashed first, or none) about the
culprit, with the rates integrated out. What is in flight already enters as scenarios: the beliefs
that its possible outcomes would leave.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.search.ancestry import Flags, Weights
from runner.search.belief import OLD_BASE, Belief
from runner.search.decision import BayesPolicy
from runner.search.findings import Finding
from runner.search.history import History
from runner.search.rates import LONGEST_BATCH, Table, rates_of
from runner.search.terrain import Terrain
from runner.values import Sha

MIDDLES = (0.15, 0.25, 0.33, 0.40, 0.47, 0.54, 0.62, 0.75)
"""Shares of "has the change" worth a look: the best share is below a half when crashes are rare."""
LIKELIEST = 10
LEAST_BUILDABLE = 0.15
LEAST_TELLING = 0.03
LEAST_BITS = 2e-4
"""Less than that is no information."""
LEAST_SPLIT = 0.002
"""A tested revision is looked at again if both its sides have at least this chance."""
FREE = 1e-9
"""Minutes of what costs nothing, so that it can be compared."""
MOST_AGAIN = 20
"""Of the tested revisions so many are looked at again, the most uncertain ones."""
SLACK = 0.02
"""Of batches of one revision the longest is taken whose bits per minute are so near the best."""
RELEASE_PRICE = 0.5
"""A release's kernel serves other bugs too."""
NEGLIGIBLE = 1e-9
"""Classes that no choice depends on."""

Scenario = tuple[float, Belief]
"""Its probability, and what would be believed in it."""


@dataclass(frozen=True, slots=True)
class Option:
    """A probe that could be made, and what is expected of it."""

    sha: Sha
    runs: int
    inside: float
    """The chance that the revision has the change."""
    bits: float
    minutes: float
    buildable: float

    @property
    def rate(self) -> float:
        return self.bits / self.minutes


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is known of a candidate before the batch; candidates with equal counts are alike."""

    runs: int
    crashes: int
    fork: Sequence[Sha]
    """Where it was forked, when that may be before the bug came in; else empty."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """One choice: the history and the findings are fixed, the scenarios vary."""

    history: History
    found: Mapping[Sha, Finding]
    counts: Mapping[Sha, tuple[int, int]]
    """Of the tested revisions and their twins, the runs and crashes of their binary."""
    terrain: Terrain
    policy: BayesPolicy

    def best(self, scenarios: Sequence[Scenario], busy: Collection[Sha]) -> Option | None:
        """The best probe, not of a busy revision nor of its twin; None when nothing says anything
        any more.
        """
        alike: dict[_Counts, list[Sha]] = {}
        position = self.history.ancestry.position
        taken = self._twins(busy)
        for sha in self._shortlist(scenarios):
            if not taken[position[sha]]:
                alike.setdefault(self._counts(sha), []).append(sha)
        options = [
            option
            for counts, shas in alike.items()
            for option in self._weigh(counts, shas, scenarios)
        ]
        return max(options, key=lambda option: option.rate, default=None)

    def _twins(self, shas: Collection[Sha]) -> Flags:
        """Those revisions and what differs from one of them by nothing that matters."""
        return self.history.twins(*(self.history.parents.keys() & shas))

    def _shortlist(self, scenarios: Sequence[Scenario]) -> list[Sha]:
        """What is worth a closer look, oldest first."""
        order, position = self.history.ancestry.order, self.history.ancestry.position
        changed = np.sum([chance * self._changed(belief) for chance, belief in scenarios], axis=0)
        known = np.zeros(len(order), bool)
        known[[position[sha] for sha in self.found]] = True
        alike = self._twins(self.found)
        best = [
            place
            # Apart, or the many twins of one tested revision would crowd out all others. Of twins
            # that nobody has tested the first one counts: it may be the culprit itself.
            for fresh in (self.history.live & ~alike, alike & ~known)
            for place in self._promising(np.flatnonzero(fresh & self.testable), changed)
        ]
        split = np.minimum(changed, 1 - changed)
        again = self.testable & (split > LEAST_SPLIT) & (known | self.history.release_marks)
        places = np.flatnonzero(again)
        again_best = places[np.argsort(-split[places], kind="stable")[:MOST_AGAIN]]
        chosen = {*best, *again_best.tolist()}
        return [order[place] for place in sorted(chosen)]

    def _promising(self, places: NDArray[np.int_], changed: Weights) -> list[int]:
        chosen: list[int] = places[_promising(changed[places], self._worth()[places])].tolist()
        return chosen

    @property
    def testable(self) -> Flags:
        """The commits worth a run at all."""
        position = self.history.ancestry.position
        flags = self.terrain.buildable >= LEAST_BUILDABLE
        flags &= self.history.window
        if self.history.good is not None:
            flags[position[self.history.good]] = True
        for sha, one in self.found.items():
            if one.broken:
                flags &= ~self.history.twins(sha)
            else:
                flags[position[sha]] = True
        flags &= self.terrain.telling >= LEAST_TELLING
        return flags

    def _changed(self, belief: Belief) -> Weights:
        """For every commit, the chance that it has the change."""
        weights = np.zeros(len(self.history.ancestry))
        weights[belief.members] = belief.chances
        return self.history.ancestry.sums(weights) + belief.everywhere

    def _worth(self) -> Weights:
        """What a run of each commit is worth beside one that surely builds and tells."""
        worth = self.terrain.buildable * self.terrain.telling
        return worth * np.where(self.history.surely_had_bug, 1.0, OLD_BASE)

    def _counts(self, sha: Sha) -> _Counts:
        return _Counts(*self.counts.get(sha, (0, 0)), self.history.fork(sha))

    def _weigh(
        self, counts: _Counts, shas: Sequence[Sha], scenarios: Sequence[Scenario]
    ) -> Iterator[Option]:
        """The best batch of each of some revisions that are known equally well."""
        rows = [self.history.ancestry.row(sha) for sha in shas]
        shape = len(shas), LONGEST_BATCH
        bits, quiet = np.zeros(shape), np.zeros((len(shas), LONGEST_BATCH + 1))
        inside = np.zeros(len(shas))
        for chance, belief in scenarios:
            parts = np.array(
                [
                    belief.inside(row, tested=sha in self.found and counts.runs > 0)
                    for sha, row in zip(shas, rows, strict=True)
                ]
            )
            outlook = self._outlook(counts, belief, parts)
            bits += chance * outlook[0]
            quiet += chance * outlook[1]
            inside += chance * parts.sum(axis=1)
        place = [self.history.ancestry.position[sha] for sha in shas]
        buildable, telling = self.terrain.buildable[place], self.terrain.telling[place]
        buildable = np.array(
            [1.0 if sha in self.found else p for sha, p in zip(shas, buildable, strict=True)]
        )
        again, fresh = self.policy.build_again, self.policy.build_minutes
        build = np.array([again(sha) if sha in self.found else fresh for sha in shas])
        build = np.where(self.history.release_marks[place], build * RELEASE_PRICE, build)
        bits *= buildable[:, None]
        minutes = FREE + build[:, None] + self._run_minutes(quiet) * (buildable / telling)[:, None]
        rate = np.where(bits >= LEAST_BITS, bits / minutes, 0.0)
        least = self.least_runs(scenarios)
        for number, sha in enumerate(shas):
            if rate[number].any():
                best = int(np.flatnonzero(rate[number] >= (1 - SLACK) * rate[number].max())[-1])
                best = max(best, least - 1)
                yield Option(
                    sha,
                    min(2 * LONGEST_BATCH, math.ceil((best + 1) / telling[number])),
                    inside=float(inside[number]),
                    bits=float(bits[number, best]),
                    minutes=float(minutes[number, best]),
                    buildable=float(buildable[number]),
                )

    def least_runs(self, scenarios: Sequence[Scenario]) -> int:
        """As many runs as it takes, on average, until the bug shows: a batch ends there anyway."""
        rates = rates_of(self.policy.noise).crash
        crash = sum(chance * float(belief.rates @ rates) for chance, belief in scenarios)
        return min(LONGEST_BATCH, max(1, round(1 / crash)))

    def _outlook(self, counts: _Counts, belief: Belief, inside: Table) -> tuple[Table, Table]:
        """Of batches of 1.. runs: (bits, chance that all of the first 0.. runs stay quiet)."""
        mass = belief.mass
        kept = mass > NEGLIGIBLE
        rates = belief.joint[kept] / mass[kept, None]
        with_bug, without = rates_of(self.policy.noise).survivals(counts.runs, counts.crashes)
        had = belief.presence_above(counts.fork)[kept, None]
        quiet = rates @ without
        showing = had * (rates @ with_bug) + (1 - had) * quiet
        changed, unchanged = (quiet, showing) if self.history.fix else (showing, quiet)
        return _information(inside[:, kept], mass[kept], changed, unchanged)

    def _run_minutes(self, quiet: Table) -> Table:
        """Expected minutes of batches of 1.. runs that end at their first crash."""
        waves = np.arange(LONGEST_BATCH) // self.policy.vms * self.policy.vms
        started = np.arange(LONGEST_BATCH) % self.policy.vms == 0
        minutes: Table = np.cumsum(quiet[:, waves] * started, axis=1) * self.policy.run_minutes
        return minutes


def _promising(changed: Weights, worth: Weights) -> NDArray[np.int_]:
    """Indices of the fresh commits to look at: the most uncertain, and some at other shares."""
    if not len(changed):
        return np.zeros(0, int)
    least = min(LIKELIEST, len(changed))
    best = np.argpartition(-_entropy(changed) * worth, least - 1)[:least]
    middles = [np.abs(changed - middle).argmin() for middle in MIDDLES]
    return np.unique(np.concatenate((best, middles)))


def _entropy(chance: Weights) -> Weights:
    """Of yes or no, in bits."""
    entropy: Weights = _surprise(chance) + _surprise(1 - chance)
    return entropy


def _surprise(chance: Table) -> Table:
    """-x log2 x."""
    safe = np.maximum(chance, 1e-300)
    surprise: Table = -safe * np.log2(safe)
    return surprise


def _information(
    inside: Table, mass: Weights, changed: Table, unchanged: Table
) -> tuple[Table, Table]:
    """Of each candidate, for batches of 1.. runs: bits about the culprit; and `quiet` from 0 on.

    `inside` [candidate, class] is the mass with the change; `changed` and `unchanged` are the
    chances [class, i] that i runs stay quiet.
    """
    outside = mass - inside
    quiet = inside @ changed + outside @ unchanged
    certain = inside @ _uncertainty(changed) + outside @ _uncertainty(unchanged)
    bits: Table = _uncertainty(quiet) - certain
    return bits, quiet


def _uncertainty(quiet: Table) -> Table:
    """Entropy in bits of the first crash among 1.. runs, from the chances to stay quiet."""
    crash = quiet[:, :-1] - quiet[:, 1:]
    entropy: Table = np.cumsum(_surprise(crash), axis=1) + _surprise(quiet[:, 1:])
    return entropy
