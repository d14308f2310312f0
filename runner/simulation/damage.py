"""Which revisions cannot be tested: ranges between a breaker and its fixer, and single ones."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from runner.simulation.window import Mask, Window

SPAN = 0.015
"""Mean length of a broken range, as a share of the window."""
SINGLE = 0.005
"""Share of revisions broken by themselves, besides the ranges."""
OVER = 1.1
"""The share may come out so many times larger than asked."""


TRIES = 1000


def broken(window: Window, rng: Generator, least: float = 0.02, most: float = 0.10) -> Mask:
    """Between `least` and `most` of the commits in ranges, and a few single ones.

    The two ends of the window are whole: somebody ran them.
    """
    wanted = rng.uniform(least, most)
    limit = min(most, wanted * OVER)
    count = len(window.shas)
    damage = np.zeros(count, bool)
    for _ in range(10 * TRIES):
        if damage.sum() >= max(wanted * count, 1):
            break
        grown = damage | fixed_range(window, rng, SPAN)
        if grown.sum() <= limit * count + 1:
            damage = grown
    damage |= rng.random(count) < SINGLE
    return _spare_ends(window, damage)


def fixed_range(window: Window, rng: Generator, span: float) -> Mask:
    """The commits that contain a random one and not its fixer, made about `span` later."""
    inside = window.containing(int(rng.integers(len(window.shas))))
    later = np.flatnonzero(inside)
    distance = 1 + int(rng.exponential(span * len(window.shas)))
    fixer = int(later[min(distance, len(later) - 1)])
    return _spare_ends(window, inside & ~window.containing(fixer))


def wide_range(window: Window, rng: Generator, least: float, most: float) -> Mask:
    """Between `least` and `most` of the window: a range that lasts to the end, or with a fixer.

    Or several, where branches are so short that no commit is contained in so many others.
    """
    flags, wanted = np.zeros(len(window.shas), bool), rng.uniform(least, most)
    lasts = rng.random() < 0.5
    for _ in range(TRIES):
        inside = window.containing(int(rng.integers(len(window.shas))))
        if not lasts:
            fixer = int(rng.choice(np.flatnonzero(inside)))
            inside = inside & ~window.containing(fixer)
        if least <= inside.mean() <= most:
            return inside
        if (flags | inside).mean() <= most:
            flags = flags | inside
        if flags.mean() >= wanted:
            break
    return flags


def _spare_ends(window: Window, damage: Mask) -> Mask:
    damage[window.bad] = False
    if window.good is not None:
        damage[window.good] = False
    return damage
