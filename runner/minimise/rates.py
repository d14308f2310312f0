"""How often a config must crash to count as showing the bug, by counts of runs."""

from __future__ import annotations

from dataclasses import dataclass

ORIGINAL_RUNS = 20
"""Of the config as given: its rate is what all others are compared with."""
CANDIDATE_RUNS = 10
"""Of a smaller config, when the original crashes often; as many as that had when it does not."""
LEAST_CRASHES = 2
"""One crash shows that the bug is there. It is too few to speak of a rate."""
PLENTY = 3
"""Crashes after which nobody waits for more, as long as they are a third of the runs."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Runs of one config. Those that ended otherwise count too: a smaller config is to be more
    reliable, not one on which something else fails."""

    crashes: int
    """That showed the bug."""
    runs: int

    @property
    def is_often(self) -> bool:
        """Whether at least a third of the runs crashed (syzkaller's bound)."""
        return 3 * self.crashes >= self.runs

    def is_below(self, other: Counts) -> bool:
        """Whether the share of crashes is smaller than the other's. Shares are compared as they
        are, without a margin for chance: an option kept for nothing costs little, a bug that
        shows more seldom costs runs on every commit.
        """
        return self.crashes * other.runs < other.crashes * self.runs


def reproduces(candidate: Counts, original: Counts) -> bool:
    """Whether the bug shows well enough: often, or not more seldom than with all options."""
    if candidate.crashes < LEAST_CRASHES:
        return False
    return candidate.is_often or not candidate.is_below(original)


def runs_for(original: Counts) -> int:
    """How many runs a candidate gets at most."""
    return CANDIDATE_RUNS if original.is_often else ORIGINAL_RUNS


def is_settled(counts: Counts, wanted: int, original: Counts | None) -> bool:
    """Whether more of the runs `wanted` are not needed; `original` is None for the original."""
    if counts.crashes >= PLENTY and counts.is_often:
        return True
    if original is None:
        return False
    best = Counts(counts.crashes + max(0, wanted - counts.runs), max(wanted, counts.runs))
    return not reproduces(best, original)
