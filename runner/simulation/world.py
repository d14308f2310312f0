"""A made-up truth: which commit has the bug, what builds, and how every run of it would end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from runner.search import Alike, Outcome
from runner.simulation.window import Mask, Window
from runner.values import Sha

Rates: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class World:
    """What a search does not know. Arrays have one entry per commit of the window.

    The same runs of the same revision end alike for whoever asks: policies can be compared in
    pairs. Runs depend on the seed only through random numbers that are independent of the rates.
    """

    window: Window
    kind: str
    seed: int
    number: int
    culprit: Sha | None
    """None: the bug is older than the window."""
    crash_rate: Rates
    """Of each revision; 0 where the bug is not, or does not show."""
    background_rate: float
    """Of crashes that look like the bug and have nothing to do with it."""
    broken: Mask
    """Does not build."""
    other_rate: Rates
    """Of crashes with another title. They come first, and hide the bug."""
    dead: Mask
    """Builds, and never boots."""
    lost_rate: float = 0.0
    also_right: frozenset[Sha] = frozenset()
    """Other commits that are right answers: they too brought the bug in."""
    stack: Sequence[str] = ()
    """Files of the crash's stack, top frame first."""
    renamed: Rates | None = None
    """Of each revision, the share of the bug's crashes that come under another title."""
    likeness: float = 0.0
    """How similar that title is to the bug's."""
    other_likeness: float = 0.0
    """How similar the title of the other crashes is, which are none of the bug's."""

    def __str__(self) -> str:
        rates = f"p={self.crash_rate.max():g} q={self.background_rate:g}"
        return f"world {self.number} of seed {self.seed} ({self.kind}, {rates})"

    def builds(self, sha: Sha) -> bool:
        return not self.broken[self.window.index[sha]]

    def batch(self, sha: Sha, runs: int, after: int = 0) -> list[Outcome]:
        """The outcomes of the next runs of a revision that had `after`; a crash ends the batch."""
        outcomes: list[Outcome] = []
        for number in range(after, after + runs):
            outcomes.append(self.run(sha, number))
            if outcomes[-1] == Outcome.CRASH:
                break
        return outcomes

    def run(self, sha: Sha, number: int) -> Outcome:
        """How one run ends; the first of a revision is number 0."""
        position = self.window.index[sha]
        digest = hashlib.blake2b(
            f"{self.seed} {self.number} {sha} {number}".encode(), digest_size=16
        ).digest()
        lost, other, crash, background = np.frombuffer(digest, np.uint32) / 2**32
        if self.dead[position]:
            return Outcome.BOOT_FAILED
        if lost < self.lost_rate:
            return Outcome.LOST
        if other < self.other_rate[position]:
            return Outcome.OTHER_CRASH
        if crash < self.crash_rate[position]:
            return Outcome.OTHER_CRASH if self._is_renamed(sha, number) else Outcome.CRASH
        return Outcome.CRASH if background < self.background_rate else Outcome.OK

    def alike(self, sha: Sha, outcomes: Sequence[Outcome], after: int) -> list[Alike]:
        """What other crashes these runs of a revision, that had `after` before, may be."""
        others = [i for i, outcome in enumerate(outcomes, after) if outcome == Outcome.OTHER_CRASH]
        return [
            Alike("renamed", self.likeness)
            if self._is_renamed(sha, number)
            else Alike("other", self.other_likeness)
            for number in others
        ]

    def _is_renamed(self, sha: Sha, number: int) -> bool:
        """Whether the bug would show under another title in this run."""
        share = 0.0 if self.renamed is None else self.renamed[self.window.index[sha]]
        digest = hashlib.blake2b(
            f"title {self.seed} {self.number} {sha} {number}".encode(), digest_size=4
        ).digest()
        return bool(np.frombuffer(digest, np.uint32)[0] / 2**32 < share)

    @cached_property
    def identifiable(self) -> bool:
        """Whether anybody can tell the culprit from every other commit.

        Only revisions that build, boot and are not masked say anything; no other commit may be
        contained in exactly those of them that contain the culprit.
        """
        if self.culprit is None:
            return True
        culprit = self.window.index[self.culprit]
        masked = self.window.containing(culprit) & (self.crash_rate == 0)
        return self.window.told_apart(culprit, ~(self.broken | self.dead | masked))

    def is_right(self, sha: Sha) -> bool:
        return sha == self.culprit or sha in self.also_right
