"""The likelihoods of counts are those of the formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search.rates import LONGEST_BATCH, NOISE, Noise, Rates, rates_of
from tests.runner.search.graphs import examples
from tests.runner.search.reference import grid, likelihood

many = examples(40)
SMALL = replace(
    NOISE,
    crash_rates=(0.04, 0.5, 0.97),
    crash_weights=(2.0, 1.0, 3.0),
    background_rates=(0.001, 0.03),
    background_weights=(0.7, 0.3),
)
CERTAIN = Noise(
    crash_rates=(1.0,),
    crash_weights=(1.0,),
    background_rates=(0.0,),
    background_weights=(1.0,),
    masked=0,
    foreign=0,
)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
noises = st.sampled_from([NOISE, SMALL, replace(SMALL, masked=0.02, foreign=0.1, spread=0.5)])


@many
@given(noises, st.lists(counts, min_size=1, max_size=5))
def test_each_likelihood_is_the_one_of_the_formula(
    noise: Noise, seen: list[tuple[int, int]]
) -> None:
    runs, crashes = np.array(seen).T
    tables = rates_of(noise).likelihoods(runs, crashes)
    for bug, table in zip((True, False), tables, strict=True):
        assert table.shape == (len(seen), len(grid(noise)))
        for row, one in zip(table, seen, strict=True):
            expected = [_log(noise, p, q, one, bug) for p, q, _ in grid(noise)]
            assert row == pytest.approx(expected, rel=1e-9, abs=1e-9)


def _log(noise: Noise, p: float, q: float, seen: tuple[int, int], bug: bool) -> float:
    """In logarithms all the way: counts of hundreds underflow otherwise."""
    runs, crashes = seen
    quiet = runs - crashes
    background = crashes * math.log(q) + quiet * math.log1p(-q)
    if bug:
        mean = p + q - p * q
        size = max(noise.least_size, (1 - p) / (noise.spread * p))
        usual = _beta(mean * size + crashes, (1 - mean) * size + quiet)
        usual -= _beta(mean * size, (1 - mean) * size)
        return _mix(noise.masked, usual, background)
    return _mix(noise.foreign, background, _beta(crashes + 1, quiet + 1))


def _beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _mix(chance: float, usual: float, odd: float) -> float:
    """The logarithm of a mixture that is `odd` with a chance."""
    first, second = math.log1p(-chance) + usual, math.log(chance) + odd
    most = max(first, second)
    return most + math.log(math.exp(first - most) + math.exp(second - most))


def test_the_grid_has_every_pair_with_its_weight() -> None:
    rates = Rates(SMALL)
    assert rates.crash.tolist() == [p for p, _, _ in grid(SMALL)]
    assert rates.prior == pytest.approx([weight for _, _, weight in grid(SMALL)])
    assert rates.prior.sum() == pytest.approx(1)


@pytest.mark.parametrize("noise", [NOISE, SMALL])
@pytest.mark.parametrize("runs", [0, 1, 7, 60])
def test_some_number_of_crashes_is_certain(noise: Noise, runs: int) -> None:
    crashes = np.arange(runs + 1)
    ways = np.array([math.comb(runs, k) for k in crashes])
    for table in Rates(noise).likelihoods(np.full(runs + 1, runs), crashes):
        assert ways @ np.exp(table) == pytest.approx(np.ones(len(grid(noise))), abs=1e-9)


@many
@given(noises, counts)
def test_survivals_are_ratios_of_likelihoods(noise: Noise, seen: tuple[int, int]) -> None:
    runs, crashes = seen
    ahead = np.arange(LONGEST_BATCH + 1)
    rates = rates_of(noise)
    tables = rates.likelihoods(runs + ahead, np.full(len(ahead), crashes))
    for survival, table in zip(rates.survivals(runs, crashes), tables, strict=True):
        assert survival.shape == (len(grid(noise)), LONGEST_BATCH + 1)
        ratios = np.exp(table - table[0])
        np.testing.assert_allclose(survival.T, ratios, rtol=1e-9)
        assert (np.diff(survival, axis=1) <= 0).all()


@pytest.mark.parametrize("quiet", [0, 3, 20])
def test_what_a_fresh_revision_survives_is_the_mixture_that_was_written_down(quiet: int) -> None:
    for survival, bug in zip(rates_of(SMALL).survivals(0, 0), (True, False), strict=True):
        expected = [likelihood(SMALL, p, q, (quiet, 0), bug) for p, q, _ in grid(SMALL)]
        assert survival[:, quiet] == pytest.approx(expected, rel=1e-9)


def test_without_noise_one_run_says_everything() -> None:
    runs, crashes = np.array([1, 1]), np.array([0, 1])
    with_bug, without = (np.exp(table[:, 0]) for table in Rates(CERTAIN).likelihoods(runs, crashes))
    assert with_bug == pytest.approx([0, 1], abs=1e-9)
    assert without == pytest.approx([1, 0], abs=1e-9)


@pytest.mark.parametrize("runs", [1, 30, 60])
def test_no_revision_says_more_than_its_chance_to_be_odd(runs: int) -> None:
    """However often it stays quiet it may be masked; however often it crashes, foreign."""
    with_bug, without = rates_of(NOISE).likelihoods(np.array([runs, runs]), np.array([0, runs]))
    for_good, for_bad = without[0] - with_bug[0], with_bug[1] - without[1]
    assert for_good.max() <= -math.log(NOISE.masked)
    assert for_bad.max() <= -math.log(NOISE.foreign) + math.log(runs + 1)
