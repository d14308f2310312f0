"""Broken revisions: how many, and in which shape."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from runner.simulation import Window, generate
from runner.simulation.damage import SINGLE, broken, fixed_range, wide_range


@pytest.mark.parametrize("kind", ["kernel", "git", "line"])
@pytest.mark.parametrize(("least", "most"), [(0.02, 0.10), (0.10, 0.30)])
def test_the_share_is_within_its_bounds(kind: str, least: float, most: float) -> None:
    window = generate(kind, 1000, seed=2)
    shares = []
    for seed in range(40):
        damage = broken(window, default_rng(seed), least, most)
        assert not damage[[window.bad, window.good or 0]].any()
        shares.append(damage.mean())
    assert min(shares) > least - 0.002
    assert max(shares) < most + 3 * SINGLE
    assert max(shares) - min(shares) > (most - least) / 2, "all sizes occur"


def test_a_range_is_what_contains_the_breaker_and_not_the_fixer(topics: Window) -> None:
    for seed in range(50):
        flags = fixed_range(topics, default_rng(seed), 0.02)
        members = np.flatnonzero(flags)
        if not len(members):
            continue
        breaker = int(members[0])
        contains = topics.containing(breaker)
        assert contains[members].all(), "all contain the first"
        healthy = contains & ~flags
        healed = [i for i in np.flatnonzero(healthy) if i not in (topics.bad, topics.good)]
        for i in healed:  # once fixed, fixed for good: no descendant is broken again
            assert not (topics.containing(int(i)) & flags).any()


def test_a_wide_range_has_the_asked_share(kernel: Window, topics: Window) -> None:
    for window in (kernel, topics):
        shares = [wide_range(window, default_rng(seed), 0.2, 0.4).mean() for seed in range(30)]
        assert all(0.2 <= share <= 0.4 for share in shares)
