"""A commit graph while it grows, and the window that is cut out of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from runner.search import History
from runner.simulation.files import Folder, SourceTree
from runner.simulation.window import Window

AGE = 1e-6
"""A commit is at least so much younger than its parents."""


@dataclass
class Growth:
    """Commits are numbers, in the order of their making; dates say how rev-list sorts them."""

    rng: Random
    tree: SourceTree
    parents: list[tuple[int, ...]] = field(default_factory=list)
    paths: list[tuple[str, ...]] = field(default_factory=list)
    dates: list[float] = field(default_factory=list)
    mainline: list[int] = field(default_factory=list)
    """First parents of the newest commit, oldest first."""
    merged: list[int] = field(default_factory=list)
    """For each commit of `mainline`: how many commits it contains, itself included."""
    tags: dict[str, int] = field(default_factory=dict)
    _reached: set[int] = field(default_factory=set)

    def commit(self, parent: int | None, date: float, focus: Folder) -> int:
        return self._add(() if parent is None else (parent,), date, self._change(focus))

    def merge(self, into: int, other: int, date: float) -> int:
        return self._add((into, other), date, ())

    def _change(self, focus: Folder) -> tuple[str, ...]:
        return self.tree.change(self.rng, focus)

    def _add(self, parents: tuple[int, ...], date: float, paths: tuple[str, ...]) -> int:
        youngest = max((self.dates[p] for p in parents), default=0.0)
        self.parents.append(parents)
        self.paths.append(paths)
        self.dates.append(max(date, youngest + AGE))
        return len(self.parents) - 1

    def series(self, parent: int, count: int, dates: tuple[float, float], focus: Folder) -> int:
        """So many commits on top of another, at random dates between two; the last of them."""
        for date in sorted(self.rng.uniform(*dates) for _ in range(count)):
            parent = self.commit(parent, date, focus)
        return parent

    @property
    def head(self) -> int:
        return self.mainline[-1]

    @property
    def now(self) -> float:
        return self.dates[self.head]

    def advance(self, number: int) -> None:
        """Make this commit, a child of the head, the head of the mainline."""
        stack = [number]
        while stack:
            one = stack.pop()
            if one not in self._reached:
                self._reached.add(one)
                stack += self.parents[one]
        self.mainline.append(number)
        self.merged.append(len(self._reached))

    def pull(self, other: int, date: float) -> None:
        self.advance(self.merge(self.head, other, date))

    def ancestors(self, number: int) -> set[int]:
        seen: set[int] = set()
        stack = [number]
        while stack:
            one = stack.pop()
            if one not in seen:
                seen.add(one)
                stack += self.parents[one]
        return seen

    def since(self, good: int) -> int:
        """How many commits the head contains and `good`, one of the mainline, does not."""
        return self.merged[-1] - self.merged[self.mainline.index(good)]

    def window(self, good: int, commits: int, name: str) -> Window:
        """The window of exactly so many commits that starts after `good`, of the mainline."""
        start = self.mainline.index(good)
        base = self.merged[start]
        end = next(i for i in range(start, len(self.mainline)) if self.merged[i] - base >= commits)
        inside = self.ancestors(self.mainline[end]) - self.ancestors(good)
        kept = _Cut(self, inside).down_to(commits)
        numbers = sorted(kept, key=lambda n: -self.dates[n])
        return self._window(kept, [*numbers, good], self.mainline[end], name)

    def _window(
        self, kept: dict[int, tuple[int, ...]], numbers: Sequence[int], bad: int, name: str
    ) -> Window:
        def sha(number: int) -> str:
            return hashlib.sha1(f"{name} {number}".encode()).hexdigest()

        inside = set(numbers)
        history = History(
            {sha(n): tuple(map(sha, kept.get(n, ()))) for n in numbers},
            good=sha(numbers[-1]),
            bad=sha(bad),
            releases={tag: sha(n) for tag, n in self.tags.items() if n in inside},
        )
        return Window(history, {sha(n): self.paths[n] for n in numbers})


class _Cut:
    """Leaves commits out until the asked number is left, without changing who is whose ancestor.

    Only commits in the middle of a straight line go, so that every branch and merge stays.
    """

    def __init__(self, growth: Growth, inside: set[int]) -> None:
        self.parents = {n: growth.parents[n] for n in inside}
        self.rng = growth.rng
        self.tagged = set(growth.tags.values())

    def down_to(self, commits: int) -> dict[int, tuple[int, ...]]:
        excess = len(self.parents) - commits
        middles = self._middles()
        if excess > len(middles):
            raise ValueError(f"a window of {commits} commits cannot be cut out")
        gone = set(self.rng.sample(middles, excess))
        return {
            n: tuple(self._older(p, gone) for p in parents)
            for n, parents in self.parents.items()
            if n not in gone
        }

    def _middles(self) -> list[int]:
        children = dict.fromkeys(self.parents, 0)
        for parents in self.parents.values():
            for parent in parents:
                if parent in children:
                    children[parent] += 1
        lines = {n for n, parents in self.parents.items() if len(parents) == 1}
        return sorted(
            n
            for n in lines
            if children[n] == 1 and n not in self.tagged and self.parents[n][0] in lines
            if children[self.parents[n][0]] == 1
        )

    def _older(self, number: int, gone: set[int]) -> int:
        while number in gone:
            number = self.parents[number][0]
        return number
