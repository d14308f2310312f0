"""What it says that a bug did not show in some runs, by how often it showed before. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_RUNS, MOST_RUNS = 3, 20
UNKNOWN_RUNS = 10
"""When nobody counted how often the bug shows."""
ENOUGH = 0.01
"""So rarely may the runs be quiet although nothing has changed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """In how many runs of an unchanged kernel the bug showed."""

    crashes: int
    runs: int

    def chance_missed(self, quiet: int) -> float:
        """How likely so many further runs show nothing though nothing has changed. The bug's rate
        is as likely to be any before the first run (Laplace's rule), so few runs promise little.
        """
        silent = self.runs - self.crashes
        return math.prod((silent + 1 + n) / (self.runs + 2 + n) for n in range(quiet))

    def runs_needed(self) -> int:
        """How many runs without a crash are worth telling."""
        if not self.runs:
            return UNKNOWN_RUNS
        runs = range(LEAST_RUNS, MOST_RUNS)
        return next((one for one in runs if self.chance_missed(one) <= ENOUGH), MOST_RUNS)
