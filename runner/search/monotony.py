"""Whether one change can explain what was seen at all.

A culprit divides the history: revisions with the change crash, those without do not. Runs that
insist on more than one change of state (fixed and broken again, two causes) fit no culprit well,
and the posterior of the best of a bad lot must not be believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.search.belief import EVERYWHERE, Belief
from runner.search.decision import BayesPolicy
from runner.search.findings import Finding
from runner.search.history import History
from runner.search.rates import rates_of


def strain(
    history: History, found: Sequence[Finding], belief: Belief, policy: BayesPolicy
) -> float:
    """Nats that the best explanation loses against every revision being what its runs say.

    Where other crashes are likely the bug's, the quiet runs beside them are no contradiction.
    """
    telling = [one for one in found if one.runs and not one.likely and not history.fork(one.sha)]
    if not telling:
        return 0.0
    likeliest, rate = np.unravel_index(int(belief.joint.argmax()), belief.joint.shape)
    with_bug, without = rates_of(policy.noise).likelihoods(
        np.array([one.runs for one in telling]), np.array([one.crashes for one in telling])
    )
    changed, unchanged = (without, with_bug) if history.fix else (with_bug, without)
    has = _has_change(history, telling, belief, int(likeliest))
    explained = np.where(has, changed[:, rate], unchanged[:, rate])
    free = np.maximum(changed[:, rate], unchanged[:, rate])
    return float((free - explained).sum())


def _has_change(
    history: History, telling: Sequence[Finding], belief: Belief, likeliest: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each revision has the change, if the culprit is of the likeliest class."""
    ends = likeliest - len(belief.joint)
    if ends >= EVERYWHERE:
        return np.full(len(telling), ends == EVERYWHERE)
    culprit = belief.members[belief.first[likeliest]]
    return np.array([history.ancestry.row(one.sha)[culprit] for one in telling], bool)
