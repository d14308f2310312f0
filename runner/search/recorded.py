"""What the rules of today say of a search that was done by others, of which only runs are known.

Without the history nothing can be said of commits that were not tested. But each tested revision
can be weighed: how likely are its runs if it has the bug, and how likely if it has not? And the
order in which they were asked for tells roughly how they lie, and how many commits are between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from runner.search.decision import Evidence, Verdict
from runner.search.explain import Weight, weights
from runner.search.findings import gathered
from runner.search.history import History
from runner.search.rates import NOISE, Noise, rates_of
from runner.values import Sha


@dataclass(frozen=True, slots=True)
class Told:
    """A revision that was tested, in the order of the search."""

    sha: Sha
    verdict: Verdict | None
    """As git was told; None where nobody said."""
    left: int | None = None
    """Revisions that git said were left to test after this one."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The tested revisions in a line, as if nothing had been merged, with what lies between."""

    history: History
    """Each gap is one commit of it."""
    sizes: Mapping[Sha, float]
    """So many commits each of them stands for."""
    gaps: Mapping[Sha, tuple[Sha, Sha]]
    """The neighbours of each gap, older one first."""


@dataclass(slots=True)
class _Line:
    """Revisions, oldest first, as a search finds their order."""

    shas: list[Sha]
    good: Sha | None
    """The newest good one, and..."""
    bad: Sha | None
    """... the oldest bad one."""
    between: dict[tuple[Sha, Sha], float] = field(default_factory=dict)
    """How many commits lie between neighbours, where that is known."""

    def add(self, one: Told) -> None:
        """It lies between what was good and bad before it, and becomes one of them."""
        if one.verdict not in (Verdict.GOOD, Verdict.BAD) or one.sha in self.shas:
            return
        self._part(one)
        place = self.shas.index(self.bad) if self.bad else len(self.shas)
        self.shas.insert(place, one.sha)
        if one.verdict is Verdict.GOOD:
            self.good = one.sha
        else:
            self.bad = one.sha

    def _part(self, one: Told) -> None:
        """Git says how many of the candidates would be left if it were good."""
        if self.good is None or self.bad is None:
            return
        known = self.between.get((self.good, self.bad))
        if known is None and one.left is None:
            return
        candidates = 2.0 * ((one.left or 0) + 1) if known is None else known + 1
        candidates = max(candidates, 2.0)  # whatever git said: itself and the end are two
        left = candidates / 2 if one.left is None else one.left + 1
        contained = min(max(candidates - left, 1.0), candidates - 1)
        # A log may tell of more revisions than git left between two.
        self.between[self.good, one.sha] = max(0.0, contained - 1)
        self.between[one.sha, self.bad] = max(0.0, candidates - contained - 1)


def chain(start: Sha, told: Sequence[Told], *, fix: bool) -> Chain | None:
    """What is known of a history from a search's way through it; None where that is no range.

    How many commits are between two is told by git while it halves; other gaps are taken for as
    long as the longest of those. Of a skipped revision nobody knows on which side of later ones
    it is: it is left out.
    """
    line = _Line([start], good=start if fix else None, bad=None if fix else start)
    for one in told:
        line.add(one)
    if len(line.shas) < 2:
        return None
    unknown = max([*line.between.values(), 1.0])
    order, gaps = [line.shas[0]], dict[Sha, tuple[Sha, Sha]]()
    sizes = dict.fromkeys(line.shas, 1.0)
    for pair in pairwise(line.shas):
        if size := line.between.get(pair, unknown):
            name = f"{pair[0]}..{pair[1]}"
            gaps[name], sizes[name] = pair, size
            order.append(name)
        order.append(pair[1])
    parents = {sha: (parent,) for parent, sha in reversed(list(pairwise(order)))}
    good = order[0] if line.good else None
    return Chain(
        History({**parents, order[0]: ()}, good=good, bad=order[-1], fix=fix, prior=sizes),
        sizes,
        gaps,
    )


def recorded(
    evidence: Iterable[Evidence], start: Sha, *, fix: bool, noise: Noise = NOISE
) -> Sequence[Weight]:
    """The weight of each revision, in the order in which they are told of.

    How often the bug shows is learnt from `start`, which is taken to have it.
    """
    found = gathered(evidence)
    rates = rates_of(noise)
    counts = [(one.runs, one.crashes) for one in found if one.sha == start] or [(0, 0)]
    runs, crashes = np.array(counts).T
    chances = np.log(rates.prior) + rates.likelihoods(runs, crashes)[0][0]
    believed = np.exp(chances - np.logaddexp.reduce(chances))
    return weights(found, believed, noise, fix=fix)
