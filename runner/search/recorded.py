"""What the rules of today say of a search that was done by others, of which only runs are known.

Without the history nothing can be said of commits that were not tested. But each tested revision
can be weighed: how likely are its runs if it has the bug, and how likely if it has not?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from runner.search.decision import Evidence
from runner.search.explain import Weight, weights
from runner.search.findings import gathered
from runner.search.rates import NOISE, Noise, rates_of
from runner.values import Sha


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
