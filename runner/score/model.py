"""How likely each account of a bisection is: all verdicts right, or this one the first wrong one.

A conditional logit: an account's weight is the exponential of a sum of numbers times coefficients.
`docs/score.md` says what they were fitted on, and how well they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np

from runner.log.values import Culprit
from runner.score.story import LEAST_RATE, Judged, Story
from runner.search.rates import Table

COEFFICIENTS: Mapping[str, float] = {
    # All verdicts are right.
    "right": 3.02,
    "affinity": 1.19,
    "odd": -1.89,
    "titles": 0.83,
    "rate": 0.80,
    # This verdict is the first wrong one.
    "quiet": 0.05,
    "base": 2.69,
    "walked": 1.14,
    "release": 1.41,
    "strange": 4.52,
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Probabilities; they sum to 1."""

    right: float
    wrong: tuple[float, ...]
    """Of each judged step, that its verdict was the first wrong one."""


def accounts(story: Story, culprit: Culprit | None) -> Accounts:
    weights = table(story, culprit) @ np.array(list(COEFFICIENTS.values()))
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    right, *wrong = map(float, shares)
    return Accounts(right, tuple(wrong))


def table(story: Story, culprit: Culprit | None) -> Table:
    """A row for each account, a column for each coefficient. The first row: all is right."""
    rows = [_right(story, culprit), *(_wrong(story, judged) for judged in story.judged)]
    return np.array([[row.get(name, 0.0) for name in COEFFICIENTS] for row in rows])


def _right(story: Story, culprit: Culprit | None) -> Mapping[str, float]:
    return {
        "right": 1.0,
        "affinity": story.affinity.points * story.likeness,
        "odd": float(bool(culprit and oddity(culprit))),
        "titles": log(max(len(story.bug), 1)),
        "rate": log(max(story.lowest, LEAST_RATE)),
    }


def _wrong(story: Story, judged: Judged) -> Mapping[str, float]:
    step = judged.step
    if step.crashing:
        return {"release": float(step.walked), "strange": judged.strange}
    walked = log(max(story.walked, 1)) if step.walked else 0.0
    return {"quiet": judged.quiet, "base": float(step.walked), "walked": walked}


def oddity(culprit: Culprit) -> str:
    """Why the commit can hardly be anybody's culprit; empty if it can."""
    if culprit.is_noop:
        return "builds the same kernel as its parent"
    if culprit.is_merge or culprit.subject.startswith("Merge "):
        return "is a merge"
    if culprit.subject.startswith("Linux "):
        return "is a release"
    return ""
