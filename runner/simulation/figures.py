"""Tables of many trials: how often right, at which price, and how sure these figures are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from runner.simulation.trial import Answer, Trial

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over trials. Shares and their standard errors are of 1, not of 100."""

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
        minutes = np.array([trial.minutes for trial in trials])
        decisions = sum(trial.decisions for trial in trials)
        return cls(
            trials=len(trials),
            right=right,
            wrong=wrong,
            inconclusive=1 - right - wrong,
            right_error=_error(right, len(trials)),
            wrong_error=_error(wrong, len(trials)),
            identifiable=len(identifiable) / len(trials),
            right_of_identifiable=_share(t.answer == Answer.RIGHT for t in identifiable),
            named=len(named),
            right_of_named=_share(trial.answer == Answer.RIGHT for trial in named),
            confidence=_mean([trial.confidence for trial in named if trial.confidence]),
            builds=_mean([trial.builds for trial in trials]),
            runs=_mean([trial.runs for trial in trials]),
            minutes=float(minutes.mean()),
            minutes_error=float(minutes.std() / len(minutes) ** 0.5),
            p90=float(np.quantile(minutes, 0.9)),
            wall_minutes=_mean([trial.wall_minutes for trial in trials]),
            decisions=decisions / len(trials),
            milliseconds=1000 * sum(trial.seconds for trial in trials) / max(decisions, 1),
        )


def minutes_ratio(trials: Sequence[Trial], base: Sequence[Trial]) -> tuple[float, float, float]:
    """Mean minutes over those of `base` in the same worlds, and a 95 % bootstrap interval."""
    theirs = {trial.world: trial.minutes for trial in base}
    pairs = np.array([(trial.minutes, theirs[trial.world]) for trial in trials])
    picks = np.random.default_rng(0).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    sums = pairs[picks].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    return float(pairs[:, 0].sum() / pairs[:, 1].sum()), float(low), float(high)


def _share(hits: Iterable[bool]) -> float:
    return _mean([float(hit) for hit in hits])


def _mean(numbers: Sequence[float]) -> float:
    """0 of nothing."""
    return float(np.mean(numbers)) if numbers else 0.0


def _error(share: float, count: int) -> float:
    """Standard error of a share. Of 0 or 1 too it is no certainty: one more trial may differ."""
    smoothed = (share * count + 1) / (count + 2)
    return float((smoothed * (1 - smoothed) / count) ** 0.5)
