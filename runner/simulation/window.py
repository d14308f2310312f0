"""The range of commits that worlds are laid in: who contains whom, and what each commit changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from runner.errors import InputError
from runner.git import Mirror
from runner.search import History
from runner.simulation.stack import Sources
from runner.values import Sha

Mask: TypeAlias = NDArray[np.bool_]
"""One truth value per commit of a window, oldest commit first."""


@dataclass(frozen=True)
class Window:
    """A history whose two ends are known, and the changed paths of its commits."""

    history: History
    paths: Mapping[Sha, Sequence[str]]
    """Merges have none."""

    @classmethod
    def from_git(cls, repo: Path, good: str, bad: str) -> Window:
        """The commits of a repository that `bad` contains and `good` does not, named as one likes.

        `InputError` when there is no such repository or commit, or nothing between them.
        """
        repository = Mirror.around(repo)
        first, last = repository.resolve(good), repository.resolve(bad)
        if first == last or not repository.contains(first, last):
            raise InputError(f"{bad} is no later commit than {good}")
        history = History.from_git(repository.path, first, last)
        return cls(history, {first: (), **repository.changes(last, [first])})

    @cached_property
    def shas(self) -> list[Sha]:
        """Every commit after all of its parents; the newest in the history's order comes last."""
        parents = self.history.parents
        done: set[Sha] = set()
        order: list[Sha] = []
        for start in reversed(list(parents)):
            stack = [start]
            while stack:
                sha = stack[-1]
                missing = [p for p in parents[sha] if p in parents and p not in done]
                if missing and sha not in done:
                    stack += missing
                    continue
                stack.pop()
                if sha not in done:
                    done.add(sha)
                    order.append(sha)
        return order

    @cached_property
    def index(self) -> dict[Sha, int]:
        return {sha: position for position, sha in enumerate(self.shas)}

    @cached_property
    def _ancestors(self) -> NDArray[np.uint8]:
        """A row of bits per commit: its ancestors and itself."""
        rows = np.zeros((len(self.shas), len(self.shas) // 8 + 1), np.uint8)
        for position, sha in enumerate(self.shas):
            row = rows[position]
            for parent in self.history.parents[sha]:
                if parent in self.index:
                    np.bitwise_or(row, rows[self.index[parent]], out=row)
            row[position >> 3] |= 1 << (position & 7)
        return rows

    def containing(self, position: int) -> Mask:
        """The commits that contain this one, itself included."""
        return (self._ancestors[:, position >> 3] >> (position & 7) & 1).astype(bool)

    def told_apart(self, position: int, speaking: Mask) -> bool:
        """Whether the set of `speaking` commits that contain this one is the set of no other."""
        inside = self.containing(position)
        below = self._ancestors[speaking & inside]
        beside = self._ancestors[speaking & ~inside]
        twins = np.bitwise_and.reduce(below, axis=0) & ~np.bitwise_or.reduce(beside, axis=0)
        return int(np.bitwise_count(twins).sum()) == 1 and bool(len(below))

    @cached_property
    def sources(self) -> Sources:
        """Of the commits after the good one."""
        good = self.history.good
        return Sources.of({sha: files for sha, files in self.paths.items() if sha != good})

    @cached_property
    def good(self) -> int | None:
        return None if self.history.good is None else self.index[self.history.good]

    @cached_property
    def bad(self) -> int:
        return self.index[self.history.bad]
