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


def broken(window: Window, rng: Generator, least: float = 0.02, most: float = 0.10) -> Mask:
    """Between `least` and `most` of the commits in ranges, and a few single ones.

    The two ends of the window are whole: somebody ran them.
    """
    wanted = rng.uniform(least, most)
    limit = min(most, wanted * OVER)
    count = len(window.shas)
    damage = np.zeros(count, bool)
    for _ in range(10_000):
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
    """Such a range of between `least` and `most` of the window, the nearest of many tries.

    The newest commits may be in it: half of the tries have no fixer.
    """
    tries = []
    for _ in range(100):
        inside = window.containing(int(rng.integers(len(window.shas))))
        later = np.flatnonzero(inside)
        if rng.random() < 0.5:
            inside = inside & ~window.containing(int(rng.choice(later)))
        share = inside.mean()
        if least <= share <= most:
            return inside
        tries.append((min(abs(share - least), abs(share - most)), inside))
    return min(tries, key=lambda one: one[0])[1]


def _spare_ends(window: Window, damage: Mask) -> Mask:
    damage[window.bad] = False
    if window.good is not None:
        damage[window.good] = False
    return damage
