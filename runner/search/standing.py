"""Where a search stands, small enough to keep: how likely each part of the range is.

The commits lie in one line, in the search's own order (parents first), so that a merge follows
what it brings in. A stretch of that line is cut into equal buckets, each with its probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runner.search.ancestry import Weights
from runner.search.bayes import CREDIBLE, Search
from runner.values import Sha

WHOLE = 120
"""Buckets of the whole range, at most..."""
CLOSE = 80
"""... and of the close-up."""
MARGIN = 0.25
"""So much of its length is added to it, for what lies beside it."""
WORTH_IT = 0.5
"""A close-up that is longer than this share of the range shows nothing new."""
LEADING = 6
"""Suspects that are kept, unless..."""
WORTH_NAMING = 0.001
"""... their probability is smaller."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the line, in commits from its old end."""

    start: float
    end: float
    shares: Sequence[float]
    """The probability of each of its equal parts, oldest first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is believed at one moment."""

    commits: float
    """Length of the range."""
    whole: Stretch
    close: Stretch | None
    """Where the suspicion is, if that is a small part of a long range."""
    older: float
    """The chance that the change is older than the range..."""
    newer: float
    """... and that it is not even in its newest commit."""
    entropy: float
    """Bits that are missing to know the culprit."""
    credible: float
    """The fewest commits that together are credible."""
    suspects: Sequence[tuple[Sha, float]]
    """The likeliest, highest first."""
    places: Mapping[Sha, float]
    """Where on the line the middle of each tested revision is; 0 for what is older."""


def stand(search: Search, sizes: Mapping[Sha, float] | None = None) -> Standing:
    """Of a state of a search. A commit that stands for several has their number as its size."""
    belief, order = search.belief, search.history.ancestry.order
    shas = [order[place] for place in belief.members.tolist()] if sizes else []
    widths = np.array([(sizes or {}).get(sha, 1.0) for sha in shas]) if sizes else None
    edges = _summed(np.ones(len(belief.members)) if widths is None else widths)
    chances = belief.chances
    summed = _summed(chances)
    whole = _stretch(edges, summed, 0.0, float(edges[-1]), WHOLE)
    return Standing(
        commits=float(edges[-1]),
        whole=whole,
        close=_close(edges, summed) if edges[-1] > len(whole.shares) else None,
        older=belief.everywhere,
        newer=belief.nowhere,
        entropy=belief.entropy + float(chances @ np.log2(np.diff(edges))),
        credible=_credible(chances, np.diff(edges)),
        suspects=[one for one in search.suspects[:LEADING] if one[1] >= WORTH_NAMING],
        places=_places(search, edges),
    )


def _summed(parts: Weights) -> Weights:
    """Where each part begins, and where the last one ends."""
    sums: Weights = np.concatenate(([0.0], np.cumsum(parts)))
    return sums


def _stretch(edges: Weights, summed: Weights, start: float, end: float, most: int) -> Stretch:
    """A part of the line in buckets: one for each commit, if they are few."""
    buckets = max(1, min(most, round(end - start)))
    cuts = np.interp(np.linspace(start, end, buckets + 1), edges, summed)
    return Stretch(start, end, np.diff(cuts).tolist())


def _close(edges: Weights, summed: Weights) -> Stretch | None:
    """The shortest stretch with a credible part of it, but no less than a bucket a commit."""
    enough = summed[:-1] + CREDIBLE * summed[-1]
    ends = np.searchsorted(summed, enough - 1e-12)
    fits = np.flatnonzero(ends < len(edges))
    if not len(fits):
        return None
    shortest = fits[np.argmin(edges[ends[fits]] - edges[fits])]
    start, end = float(edges[shortest]), float(edges[ends[shortest]])
    length = max(CLOSE, round((end - start) * (1 + MARGIN)))
    start = max(0.0, round((start + end - length) / 2))
    end = min(float(edges[-1]), start + length)
    start = max(0.0, end - length)
    if end - start > WORTH_IT * edges[-1]:
        return None
    return _stretch(edges, summed, start, end, CLOSE)


def _credible(chances: Weights, widths: Weights) -> float:
    """The fewest commits with so much of what the range has."""
    if not len(chances):
        return 0.0
    densest = np.argsort(-chances / widths)
    sums = np.cumsum(chances[densest])
    last = int(np.searchsorted(sums, CREDIBLE * sums[-1]))
    return float(widths[densest][: last + 1].sum())


def _places(search: Search, edges: Weights) -> Mapping[Sha, float]:
    members, position = search.belief.members, search.history.ancestry.position
    places = {}
    for one in search.found:
        index = int(np.searchsorted(members, position[one.sha]))
        inside = index < len(members) and members[index] == position[one.sha]
        places[one.sha] = float((edges[index] + edges[index + 1]) / 2) if inside else 0.0
    return places
