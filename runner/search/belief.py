"""The posterior: how likely each commit is the culprit, jointly with the unknown rates.

Commits that the same tested revisions contain cannot be told apart by the runs: they are one
class. A belief is a table [class, rate]; two more classes stand for "the change is everywhere"
(older than the range) and "nowhere" (not in `bad` either). The formulas are those of a
probabilistic bisection over a graph: a revision has the change if and only if the culprit is
among its ancestors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.search.ancestry import Flags, Weights
from runner.search.decision import Alike, BayesPolicy
from runner.search.findings import Finding, pooled
from runner.search.history import History
from runner.search.likeness import Showing, summed, weigh
from runner.search.rates import Rates, Table, rates_of
from runner.values import Sha

EVERYWHERE, NOWHERE = -2, -1
"""Rows of the two classes that are no commits."""

SAME_BINARY = 1e-4
"""How likely one binary behaves in two ways: a signature that did not see the difference."""

LEAST_WEIGHT = 1e-6
"""No commit is ruled out before it was looked at."""

HALF_LIFE = 3.0
"""Without a good commit a bug is half as likely to be so many tested releases older."""

OLD_BASE = 0.5
"""How likely a branch that was forked before the crashing commit has the bug (fix bisections)."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed at one moment."""

    members: NDArray[np.int_]
    """Positions of the commits that may be the culprit."""
    classes: NDArray[np.int_]
    """The class of each member."""
    first: NDArray[np.int_]
    """One member of each class."""
    share: Weights
    """Each member's part of its class; they sum to 1 in each class."""
    joint: Table
    """Probability of [class, rate]; it sums to 1. The last two rows: everywhere, nowhere."""
    presence: Mapping[Sequence[Sha], Weights]
    """By fork, where revisions above it were run: the chance of each class that it had the bug."""

    @property
    def mass(self) -> Weights:
        """Probability of each class."""
        sums: Weights = self.joint.sum(axis=1)
        return sums

    @property
    def chances(self) -> Weights:
        """Probability of each member."""
        chances: Weights = self.mass[self.classes] * self.share
        return chances

    @property
    def everywhere(self) -> float:
        return float(self.joint[EVERYWHERE].sum())

    @property
    def nowhere(self) -> float:
        return float(self.joint[NOWHERE].sum())

    @property
    def rates(self) -> Weights:
        """Probability of each point of the grid of rates."""
        rates: Weights = self.joint.sum(axis=0)
        return rates

    @property
    def entropy(self) -> float:
        """Bits that are missing to know the culprit."""
        chances = np.concatenate((self.chances, (self.everywhere, self.nowhere)))
        likely = chances[chances > 0]
        return float(-(likely * np.log2(likely)).sum())

    def inside(self, row: Flags, tested: bool = False) -> Weights:
        """The part of each class's probability that lies among a revision's ancestors.

        Those of a tested revision are whole classes.
        """
        if tested:
            return np.concatenate((row[self.members[self.first]], (True, False))) * self.mass
        sizes = len(self.joint) - 2
        part = np.bincount(self.classes, weights=self.share * row[self.members], minlength=sizes)
        return np.concatenate((part, (1.0, 0.0))) * self.mass

    def presence_above(self, fork: Sequence[Sha]) -> Weights:
        """For each class, the chance that a branch had the bug where it was forked."""
        if not fork:
            return np.ones(len(self.joint))
        return self.presence.get(fork, np.full(len(self.joint), OLD_BASE))

    def after(self, row: Flags, changed: Table, unchanged: Table) -> tuple[float, Belief]:
        """An outcome's probability at a revision, and what would be believed then.

        The outcome's likelihoods by rate, or by class and rate: if the revision has the change,
        and if it has not.
        """
        changed, unchanged = np.broadcast_arrays(changed, unchanged, self.joint)[:2]
        has = row[self.members]
        sizes = len(self.joint) - 2
        halves = self.classes * 2 + has
        parts = np.bincount(halves, weights=self.share, minlength=2 * sizes)
        kept = np.flatnonzero(parts)
        renamed = np.zeros(2 * sizes, int)
        renamed[kept] = np.arange(len(kept))
        joint = self.joint[kept // 2] * parts[kept, None]
        joint *= np.where((kept % 2 == 1)[:, None], changed[kept // 2], unchanged[kept // 2])
        ends = self.joint[[EVERYWHERE, NOWHERE]] * (changed[EVERYWHERE], unchanged[NOWHERE])
        joint = np.concatenate((joint, ends))
        chance = float(joint.sum())
        classes = renamed[halves]
        first = np.zeros(len(kept), int)
        first[classes[::-1]] = np.arange(len(classes))[::-1]
        belief = Belief(
            self.members,
            classes,
            first,
            self.share / parts[halves],
            joint / (chance or 1.0),
            {fork: had[[*kept // 2, EVERYWHERE, NOWHERE]] for fork, had in self.presence.items()},
        )
        return chance, belief


def believe(history: History, found: Sequence[Finding], policy: BayesPolicy) -> Belief:
    """The posterior after all findings."""
    members = np.flatnonzero(history.window)
    rates = rates_of(policy.noise)
    counts = pooled(found)
    telling = [one for one in found if counts[one.sha][0] or one.likely]
    rows = [history.ancestry.row(one.sha)[members] for one in telling]
    classes, first = _classes(rows, len(members))
    state = np.array([row[first] for row in rows], bool).reshape(len(rows), len(first))
    ends = np.broadcast_to(np.array([True, False]), (len(rows), 2))
    state = np.concatenate((state, ends), axis=1)

    prior = _prior(history, members)
    parts = np.bincount(classes, weights=prior, minlength=len(first))
    far = policy.far_end if history.good else policy.open_end
    near = policy.near_end
    everywhere, nowhere = (near, far) if history.fix else (far, near)
    mass = np.concatenate((parts * (1 - far - near), (everywhere, nowhere)))
    with np.errstate(divide="ignore"):
        logs = np.log(mass)[:, None] + np.log(rates.prior)
    subjects = _subjects(history, telling, state)
    sure, forks = _terms(history, subjects, state.shape[1], rates)
    logs += sure + sum(np.logaddexp(had, lacked) for had, lacked in forks.values())
    logs -= np.logaddexp.reduce(logs, axis=None)
    for similarity, showing in _showing(subjects):
        logs = weigh(logs, similarity, showing, rates, fix=history.fix)
    joint = np.exp(logs - logs.max())
    joint /= joint.sum()
    mass = np.maximum(joint.sum(axis=1), 1e-300)
    presence = {
        fork: (joint * np.exp(had - np.logaddexp(had, lacked))).sum(axis=1) / mass
        for fork, (had, lacked) in forks.items()
    }
    return Belief(members, classes, first, prior / parts[classes], joint, presence)


def _classes(rows: Sequence[Flags], size: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The class of each member, and one member of each class."""
    classes = np.zeros(size, np.int64)
    first = np.zeros(1, int) if size else np.zeros(0, int)
    for start in range(0, len(rows), 40):
        # 40 bits at a time, so that they and the number of a class of a million commits fit 64.
        for row in rows[start : start + 40]:
            classes = classes * 2 + row
        _, first, classes = np.unique(classes, return_index=True, return_inverse=True)
    return classes, first


def _prior(history: History, members: NDArray[np.int_]) -> Weights:
    """The members' weights before any run; they sum to 1."""
    weights = 0.5 ** (history.releases_since[members] / HALF_LIFE)
    if history.prior:
        given, order = history.prior, history.ancestry.order
        weights *= [given.get(order[position], 1.0) for position in members.tolist()]
    weights = np.maximum(weights, LEAST_WEIGHT * (weights.max(initial=0.0) or 1.0))
    total: Weights = weights / weights.sum()
    return total


@dataclass(frozen=True, slots=True)
class _Subject:
    """A binary that was run: one revision, or several with equal kernel signatures."""

    runs: int
    crashes: int
    state: NDArray[np.bool_]
    """By class, whether it has the change."""
    torn: NDArray[np.bool_]
    """By class, whether the revisions would differ although their binary is the same."""
    base: Sequence[Sha] | None
    """Where it was forked, when that may be before the bug came in."""
    alike: Sequence[Alike]
    """Its crashes that may be the bug under another title."""


def _subjects(
    history: History, telling: Sequence[Finding], state: NDArray[np.bool_]
) -> list[_Subject]:
    binaries: dict[str, list[int]] = {}
    for number, one in enumerate(telling):
        binaries.setdefault(one.binary, []).append(number)
    return [
        _Subject(
            sum(telling[number].runs for number in numbers),
            sum(telling[number].crashes for number in numbers),
            state[numbers[0]],
            (state[numbers] != state[numbers[0]]).any(axis=0),
            min((history.fork(telling[number].sha) or () for number in numbers), key=len) or None,
            summed(alike for number in numbers for alike in telling[number].likely_alike),
        )
        for numbers in binaries.values()
    ]


Fork = tuple[Table, Table]
"""What the revisions above a fork tell: if it had the bug, and if it had not."""


def _terms(
    history: History, subjects: Sequence[_Subject], classes: int, rates: Rates
) -> tuple[Table, Mapping[Sequence[Sha], Fork]]:
    """What the findings add to the logarithm of the joint table; apart, those of old forks."""
    tables = rates.likelihoods(
        np.array([one.runs for one in subjects], int),
        np.array([one.crashes for one in subjects], int),
    )
    sure: Table = np.zeros((classes, len(rates.prior)))
    forks: dict[Sequence[Sha], Fork] = {}
    unknown = np.log(OLD_BASE) + sure, np.log1p(-OLD_BASE) + sure
    for one, with_bug, without in zip(subjects, *tables, strict=True):
        changed, unchanged = (without, with_bug) if history.fix else (with_bug, without)
        term = np.where(one.state[:, None], changed, unchanged)
        if one.torn.any():
            torn = np.maximum(changed, unchanged) + np.log(SAME_BINARY)
            term = np.where(one.torn[:, None], torn, term)
        if one.base is None:
            sure += term
        else:
            had, lacked = forks.get(one.base, unknown)
            forks[one.base] = had + term, lacked + without
    return sure, forks


def _showing(subjects: Sequence[_Subject]) -> list[tuple[float, list[Showing]]]:
    """What shows each other title that may be the bug's, with its similarity.

    Not binaries that may lack the bug for being old, or that would differ from themselves.
    """
    titles: dict[tuple[str, float], list[Showing]] = {}
    for one in subjects:
        if one.base is None and not one.torn.any():
            for alike in one.alike:
                shown = Showing(one.runs, one.crashes, alike.runs, one.state)
                titles.setdefault((alike.title, alike.similarity), []).append(shown)
    return [(title[1], titles[title]) for title in sorted(titles)]
