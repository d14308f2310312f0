"""How likely counts of crashes are, with the rates of the bug and of noise unknown.

A revision with the bug crashes at an unknown rate that differs a little from revision to revision
(beta-binomial); one without it crashes at an unknown background rate (binomial). Either may be
something else for once: with a small probability a revision that has the bug cannot show it
(`masked`), or one that has it not crashes stably for another reason (`foreign`). That caps what
one revision can say, and so forces a second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]

LONGEST_BATCH = 30
"""Runs of one batch that a choice looks ahead."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What is believed of the rates before any run. Weights are relative."""

    crash_rates: tuple[float, ...] = (
        *(0.03, 0.05, 0.08, 0.12, 0.17, 0.23, 0.3),
        *(0.4, 0.5, 0.62, 0.75, 0.88, 0.96, 0.998),
    )
    crash_weights: tuple[float, ...] = (1.0,) * 14
    background_rates: tuple[float, ...] = (0.0005, 0.005, 0.015, 0.04)
    background_weights: tuple[float, ...] = (0.4, 0.25, 0.25, 0.1)
    masked: float = 0.001
    foreign: float = 0.0001
    spread: float = 0.05
    """How much revisions differ: the beta distribution's size is (1-p)/(spread * p), at least..."""
    least_size: float = 30.0
    """... this."""


NOISE = Noise()


class Rates:
    """The logarithms of likelihoods on a grid of (crash rate, background rate) pairs."""

    def __init__(self, noise: Noise) -> None:
        self.noise = noise
        crash, background = np.meshgrid(noise.crash_rates, noise.background_rates, indexing="ij")
        self.crash: Table = crash.ravel()
        """Rate of the bug's own crashes, by grid point."""
        weights = np.outer(noise.crash_weights, noise.background_weights).ravel()
        self.prior: Table = weights / weights.sum()
        background = np.clip(background.ravel(), 1e-12, None)
        either = np.clip(1 - (1 - self.crash) * (1 - background), 1e-12, 1 - 1e-12)
        size = np.maximum(noise.least_size, (1 - self.crash) / (noise.spread * self.crash))
        self._log_background = np.log(background), np.log1p(-background)
        self._shape = either * size, (1 - either) * size
        self._reach = 0
        self._extend(128)

    def _extend(self, runs: int) -> None:
        """Tables of rising factorials for up to so many runs."""
        if runs < self._reach:
            return
        self._reach = max(2 * runs, 128)
        counts = np.arange(self._reach)
        self._factorials = _cumulated(np.log(counts + 1.0))
        crashed, quiet = self._shape
        self._crashed = _cumulated(np.log(crashed[:, None] + counts))
        self._quiet = _cumulated(np.log(quiet[:, None] + counts))
        self._both = _cumulated(np.log((crashed + quiet)[:, None] + counts))

    def likelihoods(self, runs: NDArray[np.int_], crashes: NDArray[np.int_]) -> tuple[Table, Table]:
        """Of the counts of several revisions: (with the bug, without), each [revision, grid]."""
        self._extend(int(runs.max(initial=0)))
        quiet = runs - crashes
        rate = self._crashed[:, crashes] + self._quiet[:, quiet] - self._both[:, runs]
        log_one, log_none = self._log_background
        noise = log_one[:, None] * crashes + log_none[:, None] * quiet
        anything = self._factorials[crashes] + self._factorials[quiet] - self._factorials[runs + 1]
        with_bug = _either(rate, noise, self.noise.masked)
        without = _either(noise, anything[None, :], self.noise.foreign)
        return with_bug.T, without.T

    def survivals(self, runs: int, crashes: int) -> tuple[Table, Table]:
        """The chance that the next i runs of a revision stay quiet, given its counts so far.

        (With the bug, without), each [grid, i] for i = 0 .. LONGEST_BATCH.
        """
        return _survivals(self, runs, crashes)

    def _survivals(self, runs: int, crashes: int) -> tuple[Table, Table]:
        ahead = np.arange(LONGEST_BATCH + 1)
        likelihoods = self.likelihoods(runs + ahead, np.full(LONGEST_BATCH + 1, crashes))
        with_bug, without = (np.exp(table - table[0]).T for table in likelihoods)
        return with_bug, without


@lru_cache(maxsize=4096)
def _survivals(rates: Rates, runs: int, crashes: int) -> tuple[Table, Table]:
    return rates._survivals(runs, crashes)


@lru_cache(maxsize=16)
def rates_of(noise: Noise) -> Rates:
    return Rates(noise)


def _cumulated(logs: Table) -> Table:
    """Sums of the first i logarithms along the last axis, from i = 0 on."""
    zeros = np.zeros((*logs.shape[:-1], 1))
    sums: Table = np.concatenate((zeros, np.cumsum(logs, axis=-1)), axis=-1)
    return sums


def _either(usual: Table, odd: Table, chance: float) -> Table:
    if not chance:
        return usual
    mixed: Table = np.logaddexp(np.log1p(-chance) + usual, np.log(chance) + odd)
    return mixed
