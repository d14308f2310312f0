"""Figures of hand-made trials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.simulation import Answer, Figures, Ratio, Trial

TRIAL = Trial(
    world=0,
    answer=Answer.RIGHT,
    named=True,
    confidence=0.99,
    identifiable=True,
    builds=10,
    runs=100,
    minutes=140.0,
    wall_minutes=70.0,
    decisions=20,
    seconds=0.1,
)
WRONG = replace(TRIAL, world=1, answer=Answer.WRONG, confidence=0.995, minutes=100.0)
UNSURE = replace(
    TRIAL, world=2, answer=Answer.INCONCLUSIVE, named=False, confidence=0.0, minutes=60.0
)
HIDDEN = replace(UNSURE, world=3, identifiable=False, minutes=20.0, decisions=0, seconds=0.0)


def test_shares_and_means_are_over_all_trials() -> None:
    figures = Figures.of([TRIAL, WRONG, UNSURE, HIDDEN])
    assert (figures.trials, figures.named) == (4, 2)
    assert (figures.right, figures.wrong, figures.inconclusive) == (0.25, 0.25, 0.5)
    assert figures.identifiable == 0.75
    assert figures.right_of_identifiable == pytest.approx(1 / 3)
    assert figures.right_of_named == 0.5
    assert figures.confidence == pytest.approx(0.9925)
    assert (figures.builds, figures.runs, figures.minutes) == (10, 100, 80)
    assert (figures.wall_minutes, figures.decisions) == (70, 15)
    assert figures.p90 == pytest.approx(128)
    assert figures.milliseconds == pytest.approx(1000 * 0.3 / 60)


def test_nothing_named_is_no_division_by_zero() -> None:
    figures = Figures.of([HIDDEN])
    assert (figures.right_of_named, figures.confidence, figures.right_of_identifiable) == (0, 0, 0)
    assert figures.milliseconds == 0


def test_errors_count_worlds_and_not_trials() -> None:
    worlds = [replace(TRIAL, world=i, minutes=100.0 + 20 * (i % 2)) for i in range(100)]
    one = Figures.of(worlds)
    assert one.minutes_error == pytest.approx(1.0)
    assert one.wrong_error == pytest.approx(0.01, abs=0.001)
    again = Figures.of([*worlds, *worlds, *worlds])
    assert (again.minutes_error, again.wrong_error) == (one.minutes_error, one.wrong_error)


def test_a_ratio_is_of_the_same_worlds() -> None:
    base = [replace(TRIAL, world=i, minutes=100.0 + i) for i in range(50)]
    half = [replace(trial, minutes=trial.minutes / 2) for trial in base]
    ratio = Ratio.of(half, base)
    assert (ratio.minutes, ratio.low, ratio.high) == pytest.approx((0.5, 0.5, 0.5))
    noisy = [replace(t, minutes=t.minutes * (0.2, 0.8)[i % 2]) for i, t in enumerate(base)]
    ratio = Ratio.of(noisy, base)
    assert ratio.minutes == pytest.approx(0.5, abs=0.01)
    assert 0.37 < ratio.low < 0.46 < 0.54 < ratio.high < 0.63
    with pytest.raises(AssertionError):
        Ratio.of(half[1:], base)
