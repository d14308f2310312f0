"""Tables of many trials: how often right, at which price, and how sure these figures are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from runner.simulation.trial import Answer, Trial

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over trials. Shares and their standard errors are of 1, not of 100.

    Trials of one world at several rates are no independent trials: errors count worlds.
    """

    trials: int
    right: float
    wrong: float
    inconclusive: float
    right_error: float
    wrong_error: float
    identifiable: float
    right_of_identifiable: float
    named: int
    """How many trials named an answer."""
    right_of_named: float
    confidence: float
    """Mean of those that were claimed: what `right_of_named` should be at least."""
    builds: float
    runs: float
    minutes: float
    minutes_error: float
    p90: float
    wall_minutes: float
    decisions: float
    milliseconds: float
    """Processor time of one decision."""

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Figures:
        right = _share(trial.answer == Answer.RIGHT for trial in trials)
        wrong = _share(trial.answer == Answer.WRONG for trial in trials)
        identifiable = [trial for trial in trials if trial.identifiable]
        named = [trial for trial in trials if trial.named]
        worlds = len({trial.world for trial in trials})
        decisions = sum(trial.decisions for trial in trials)
        return cls(
            trials=len(trials),
            right=right,
            wrong=wrong,
            inconclusive=1 - right - wrong,
            right_error=_error(right, worlds),
            wrong_error=_error(wrong, worlds),
            identifiable=len(identifiable) / len(trials),
            right_of_identifiable=_share(t.answer == Answer.RIGHT for t in identifiable),
            named=len(named),
            right_of_named=_share(trial.answer == Answer.RIGHT for trial in named),
            confidence=_mean([trial.confidence for trial in named if trial.confidence]),
            builds=_mean([trial.builds for trial in trials]),
            runs=_mean([trial.runs for trial in trials]),
            minutes=_mean([trial.minutes for trial in trials]),
            minutes_error=_minutes_error(trials),
            p90=float(np.quantile([trial.minutes for trial in trials], 0.9)),
            wall_minutes=_mean([trial.wall_minutes for trial in trials]),
            decisions=decisions / len(trials),
            milliseconds=1000 * sum(trial.seconds for trial in trials) / max(decisions, 1),
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """Mean minutes over those of somebody else in the same worlds, with a 95 % interval."""

    minutes: float
    low: float
    high: float

    @classmethod
    def of(cls, trials: Sequence[Trial], base: Sequence[Trial]) -> Ratio:
        """Both in the same order of worlds and rates. The interval is a bootstrap of worlds."""
        assert [trial.world for trial in trials] == [trial.world for trial in base]
        pairs = np.array(
            [
                (sum(own for own, _ in both), sum(theirs for _, theirs in both))
                for both in _by_world(
                    [t.world for t in base],
                    [(t.minutes, b.minutes) for t, b in zip(trials, base, strict=True)],
                )
            ]
        )
        picks = np.random.default_rng(0).integers(len(pairs), size=(RESAMPLES, len(pairs)))
        sums = pairs[picks].sum(axis=1)
        low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
        own, theirs = pairs.sum(axis=0)
        return cls(float(own / theirs), float(low), float(high))


Value = TypeVar("Value")


def _by_world(worlds: Sequence[int], values: Sequence[Value]) -> list[list[Value]]:
    groups: dict[int, list[Value]] = {}
    for world, value in zip(worlds, values, strict=True):
        groups.setdefault(world, []).append(value)
    return list(groups.values())


def _minutes_error(trials: Sequence[Trial]) -> float:
    means = [
        _mean(group) for group in _by_world([t.world for t in trials], [t.minutes for t in trials])
    ]
    return float(np.std(means) / len(means) ** 0.5)


def _share(hits: Iterable[bool]) -> float:
    return _mean([float(hit) for hit in hits])


def _mean(numbers: Sequence[float]) -> float:
    """0 of nothing."""
    return float(np.mean(numbers)) if numbers else 0.0


def _error(share: float, count: int) -> float:
    """Standard error of a share. Of 0 or 1 too it is no certainty: one more trial may differ."""
    smoothed = (share * count + 1) / (count + 2)
    return float((smoothed * (1 - smoothed) / count) ** 0.5)
