"""Where the tree is hard to test: what revisions that failed say of their neighbours.

Commits that do not build, do not boot, or crash for another reason come in ranges. What failed
says nothing about the culprit, but much about the commits around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runner.search.ancestry import Weights
from runner.search.findings import Finding
from runner.search.history import History

LENGTH = 0.02
"""How far such a range reaches, as a share of the window."""
USUALLY = 0.95
"""The share of revisions that can be tested, before anything is known."""
STRENGTH = 0.5
"""How many revisions that belief is worth."""
HORIZON = 8
"""Lengths beyond which a revision says nothing of another."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """By position of the commit."""

    buildable: Weights
    """The chance that a revision builds and boots."""
    telling: Weights
    """The share of its runs that would tell something."""


def survey(history: History, found: Sequence[Finding]) -> Terrain:
    size = len(history.ancestry)
    length = max(1.0, LENGTH * history.window.sum())
    broken = [one for one in found if one.broken]
    deaf = [one for one in found if one.mute]
    near = _near(history, found, [*broken, *deaf], HORIZON * length)
    failed = np.full(size, STRENGTH * (1 - USUALLY))
    known = np.full(size, STRENGTH)
    told, heard = np.full(size, STRENGTH), np.full(size, STRENGTH)
    for one in near:
        weight = np.exp(-history.distances(one.sha) / length)
        known += weight
        if one.broken:
            failed += weight
        if deaf:
            told += weight * one.runs
            heard += weight * (one.runs + one.mute)
    return Terrain(1 - failed / known, told / heard)


def _near(
    history: History, found: Sequence[Finding], trouble: Sequence[Finding], horizon: float
) -> Sequence[Finding]:
    """The findings that matter where there was trouble, so that no others need to be measured."""
    if not trouble:
        return ()
    nearest = np.min([history.distances(one.sha) for one in trouble], axis=0)
    position = history.ancestry.position
    return [one for one in found if nearest[position[one.sha]] < horizon]
