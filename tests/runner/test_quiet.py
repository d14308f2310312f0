"""How much it says that a bug did not show."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.quiet import ENOUGH, LEAST_RUNS, MOST_RUNS, UNKNOWN_RUNS, Shown


@pytest.mark.parametrize(
    ("crashes", "runs", "wanted"),
    [(0, 0, UNKNOWN_RUNS), (10, 10, LEAST_RUNS), (1, 1, 13), (5, 10, 10), (1, 20, MOST_RUNS)],
)
def test_the_rarer_the_bug_the_more_runs_are_made(crashes: int, runs: int, wanted: int) -> None:
    assert Shown(crashes, runs).runs_needed() == wanted


def test_the_chance_is_what_a_count_of_many_worlds_gives() -> None:
    """Draw a rate, keep the worlds that showed what was seen, and count the quiet ones."""
    random = Random(1)
    alike = quiet = 0
    while alike < 4000:
        rate = random.random()
        if sum(random.random() < rate for _ in range(6)) == 4:
            alike += 1
            quiet += not any(random.random() < rate for _ in range(3))
    assert Shown(4, 6).chance_missed(3) == pytest.approx(quiet / alike, abs=0.02)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_more_quiet_runs_leave_less_doubt(crashes: int, silent: int, quiet: int) -> None:
    shown = Shown(crashes, crashes + silent)
    assert 0 < shown.chance_missed(quiet + 1) < shown.chance_missed(quiet) <= 1
    runs = shown.runs_needed()
    assert LEAST_RUNS <= runs <= MOST_RUNS
    if shown.runs and runs < MOST_RUNS:
        assert shown.chance_missed(runs) <= ENOUGH
