"""Where the tree is hard to test: what revisions that failed say of all others.

Commits that do not build, do not boot, or crash for another reason come in ranges: one commit
breaks the tree and a later one mends it. What fails says nothing about the culprit, but of both
ends of its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runner.search.ancestry import Weights
from runner.search.findings import Finding
from runner.search.history import History
from runner.values import Sha

LENGTH = 0.01
"""The usual length of a range, as a share of the window. Longer ones get rarer slowly."""
TAIL = 1.5
LONE = 0.08
"""How likely a revision that fails does so alone."""
ELSEWHERE = 0.03
"""How likely any other revision fails."""
SAME_RANGE = 0.3
"""A failure this likely, given others, is of their range."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """By position of the commit."""

    buildable: Weights
    """The chance that a revision builds and boots."""
    telling: Weights
    """The share of its runs that would tell something."""


def survey(history: History, found: Sequence[Finding]) -> Terrain:
    broken = [one.sha for one in found if one.broken]
    works = [one.sha for one in found if not one.broken]
    buildable = (1 - ELSEWHERE) * (1 - _trouble(history, broken, works))
    buildable[[history.ancestry.position[sha] for sha in works]] = 1.0
    return Terrain(buildable, _telling(history, found))


def _telling(history: History, found: Sequence[Finding]) -> Weights:
    """Runs that tell nothing come in ranges too; each range has its share of them."""
    telling = np.ones(len(history.ancestry))
    deaf = [one for one in found if one.deaf]
    if not deaf:
        return telling
    heard = [one.sha for one in found if one.heard and not one.deaf]
    mute = sum(one.deaf for one in deaf) / sum(one.deaf + one.heard for one in deaf)
    telling -= _trouble(history, [one.sha for one in deaf], heard) * mute
    for one in deaf:
        # A revision's own runs speak for themselves, after half a run of its neighbours'.
        place = history.ancestry.position[one.sha]
        telling[place] = (one.heard + 0.5 * (1 - mute)) / (one.heard + one.deaf + 0.5)
    return telling


def _trouble(history: History, failed: Sequence[Sha], works: Sequence[Sha]) -> Weights:
    """For every commit, the chance that it lies in the range of one that failed."""
    ranges = list[tuple[list[Sha], Weights]]()
    for sha in failed:
        place = history.ancestry.position[sha]
        likeliest = max(ranges, key=lambda one: float(one[1][place]), default=None)
        if likeliest is None or likeliest[1][place] < SAME_RANGE:
            ranges.append(([sha], _range(history, [sha], works) * (1 - LONE)))
            continue
        ranges.remove(likeliest)
        shas, chance = [*likeliest[0], sha], likeliest[1]
        same = chance[place] / (chance[place] + ELSEWHERE)
        ranges.append((shas, same * _range(history, shas, works) + (1 - same) * chance))
    fine = np.ones(len(history.ancestry))
    for _, chance in ranges:
        fine *= 1 - chance
    for sha in failed:
        fine[history.ancestry.position[sha]] = 0.0
    return 1 - fine


def _range(history: History, failed: Sequence[Sha], works: Sequence[Sha]) -> Weights:
    """For every commit, the chance that it has what broke some revisions, and not its mending."""
    graph = history.ancestry
    rows = [graph.row(sha) for sha in failed]
    within, common = np.any(rows, axis=0), np.all(rows, axis=0)
    marked = np.zeros(len(graph))
    marked[[graph.position[sha] for sha in failed]] = 1
    after = graph.sums(marked) > 0.5

    breakers, menders = common & history.window, ~within & history.window
    bounded = False
    for sha in works:
        if within[graph.position[sha]]:
            breakers &= ~graph.row(sha)
        elif after[graph.position[sha]]:
            menders &= graph.row(sha)
            bounded = True
    # Commits that would be broken: those of the range so far, then those that follow it.
    before = graph.sums_below(within.astype(float))
    broke = np.where(breakers, _rarer(history, before), 0.0)
    later = after.sum() - graph.sums_below(after.astype(float))
    mend = np.where(menders, _rarer(history, later), 0.0)
    never = 0.0 if bounded else float(_rarer(history, after.sum()))
    if not broke.any():
        return marked
    has = graph.sums(broke) / broke.sum()
    mended = graph.sums(mend) / max(mend.sum() + never, 1e-300)
    chance: Weights = np.clip(has * (1 - mended), 0.0, 1.0)
    return chance


def _rarer(history: History, length: Weights) -> Weights:
    """How much rarer a range is for its length."""
    usual = max(1.0, LENGTH * float(history.window.sum()))
    rarer: Weights = (1 + np.asarray(length) / usual) ** -TAIL
    return rarer
