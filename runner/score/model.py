"""How likely each account of a bisection is: all verdicts right, or this one the first wrong one.

A conditional logit: an account's weight is the exponential of a sum of numbers times coefficients.
`docs/score.md` says what they were fitted on, and how well they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np

from runner.score.story import LEAST_RATE, Judged, Story
from runner.search.rates import Table

COEFFICIENTS: Mapping[str, float] = {
    # All verdicts are right.
    "right": 0.68,
    "affinity": 1.21,
    "odd": -1.72,
    "titles": 0.74,
    "rate": 0.91,
    "message": 0.41,
    # This verdict is the first wrong one.
    "base": 2.66,
    "walked": 1.18,
    "release": 1.55,
    "strange": 4.69,
    "quiet": 1.0,
}
"""The last one is not fitted: it is a probability already, and old logs have ten runs each."""


UNSEEN: Mapping[str, float] = {"affinity": 0.8, "message": 6.6}
"""What these come to on average where one commit is named: so much is taken for candidates."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Probabilities; they sum to 1, but for the noise that a search of runs allows for itself."""

    right: float
    wrong: tuple[float, ...]
    """Of each judged step, that its verdict was the first wrong one."""


def accounts(story: Story) -> Accounts:
    weights = table(story) @ np.array(list(COEFFICIENTS.values()))
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    right, *wrong = map(float, shares)
    return Accounts(right * (1.0 if story.weighed is None else story.weighed), tuple(wrong))


def table(story: Story) -> Table:
    """A row for each account, a column for each coefficient. The first row: all is right."""
    rows = [_right(story), *(_wrong(story, judged) for judged in story.judged)]
    return np.array([[row.get(name, 0.0) for name in COEFFICIENTS] for row in rows])


def _right(story: Story) -> Mapping[str, float]:
    return {
        "right": 1.0,
        "odd": float(bool(story.odd)),
        "titles": log(max(len(story.bug), 1)),
        "rate": log(max(story.lowest, LEAST_RATE)) if story.weighed is None else 0.0,
        **(_culprit(story) if story.is_named else UNSEEN),
    }


def _culprit(story: Story) -> Mapping[str, float]:
    return {
        "affinity": story.affinity.points * story.likeness,
        "message": log(1 + story.message),
    }


def _wrong(story: Story, judged: Judged) -> Mapping[str, float]:
    step = judged.step
    if step.crashing:
        return {"release": float(step.walked), "strange": judged.strange}
    return {
        "base": float(step.walked),
        "walked": log(max(story.walked, 1)) if step.walked else 0.0,
        "quiet": judged.quiet if story.weighed is None else 0.0,
    }
