"""Who is whose ancestor in a commit graph, and the weight of everybody's ancestors at once.

Each commit is hung below the parent that has the most ancestors, so that the graph becomes a
tree: `ancestors(c) = ancestors(tree parent) + c + extra(c)`, where only merges have an `extra`.
In an order where commits follow their parents an extra is a few intervals. A sum over ancestors
is then a sum along a path of the tree, and those of all commits are one prefix sum over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from runner.values import Sha

Flags = NDArray[np.bool_]
"""One truth value for each commit, by position."""
Weights = NDArray[np.float64]
"""One number for each commit, by position."""


REMEMBERED = 2**25
"""Bytes of rows that are kept: a search asks for the same ones again and again."""

Number = TypeVar("Number", np.float64, np.int64)


class Ancestry:
    """The ancestors of every commit of a graph. A commit counts among its own ancestors."""

    def __init__(self, parents: Mapping[Sha, Sequence[Sha]]) -> None:
        self.order: Sequence[Sha] = tuple(_parents_first(parents))
        """Every commit after all of its parents; an index into it is a commit's position."""
        self.position: Mapping[Sha, int] = {sha: i for i, sha in enumerate(self.order)}
        self._rows: dict[Sha, Flags] = {}
        self._grow(parents)

    def __len__(self) -> int:
        return len(self.order)

    def row(self, sha: Sha) -> Flags:
        """The ancestors of one commit; not to be written to."""
        if sha not in self._rows:
            if len(self._rows) * len(self) >= REMEMBERED:
                self._rows.clear()
            self._rows[sha] = self._row(sha)
            self._rows[sha].setflags(write=False)
        return self._rows[sha]

    def _row(self, sha: Sha) -> Flags:
        enter = self._enter[self.position[sha]]
        path = (self._enter <= enter) & (enter < self._leave)
        chosen = path[self._owner]
        # What the merges of a path add has nothing in common, so each edge is met once.
        edges = np.zeros(len(self) + 1, np.int8)
        edges[self._start[chosen]] += 1
        edges[self._end[chosen]] -= 1
        added = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
        flags: Flags = path | added
        return flags

    def sums(self, weights: Weights) -> Weights:
        """For every commit, the sum of the weights of its ancestors. One O(N) pass."""
        size = len(self)
        before = np.concatenate(([0.0], np.cumsum(weights)))
        extra = before[self._end] - before[self._start]
        added = weights + np.bincount(self._owner, weights=extra, minlength=size)
        steps = np.zeros(size + 1)
        steps[self._enter] = added
        steps -= np.bincount(self._leave, weights=added, minlength=size + 1)
        along: Weights = np.cumsum(steps)[self._enter]
        return along

    def sums_below(self, weights: NDArray[Number]) -> NDArray[Number]:
        """For every commit, the sum of the weights of those that contain it. One O(N) pass."""
        walked = np.zeros(len(self) + 1, weights.dtype)
        walked[self._enter + 1] = weights
        walked = np.cumsum(walked)
        hanging = walked[self._leave] - walked[self._enter]
        steps = np.zeros(len(self) + 1, weights.dtype)
        np.add.at(steps, self._start, hanging[self._owner])
        np.subtract.at(steps, self._end, hanging[self._owner])
        return hanging + np.cumsum(steps)[:-1]

    def _grow(self, parents: Mapping[Sha, Sequence[Sha]]) -> None:
        """Build the tree, and the intervals of what each merge adds to its tree parent."""
        tree = np.full(len(self), -1)
        owners, starts, ends = list[int](), list[int](), list[int]()
        for position, parent, extra in self._joined(parents):
            tree[position] = parent
            for start, end in _intervals(extra):
                owners.append(position)
                starts.append(start)
                ends.append(end)
        self._owner, self._start, self._end = (
            np.array(x, np.int32) for x in (owners, starts, ends)
        )
        self._enter, self._leave = _preorder(tree)

    def _joined(self, parents: Mapping[Sha, Sequence[Sha]]) -> Iterator[tuple[int, int, int]]:
        """Each position with its tree parent (-1: none) and its extra as a bit set.

        Bit sets live only as long as a child still needs them, or a million commits would not fit.
        """
        inside = [
            sorted({self.position[p] for p in parents[sha] if p in self.position})
            for sha in self.order
        ]
        children = np.bincount([p for some in inside for p in some], minlength=len(self))
        bits: dict[int, int] = {}
        for position, some in enumerate(inside):
            everything, tree, extra = 1 << position, -1, 0
            if some:
                tree = max(some, key=lambda p: bits[p].bit_count()) if len(some) > 1 else some[0]
                for parent in some:
                    everything |= bits[parent]
                if len(some) > 1:
                    extra = everything & ~bits[tree] & ~(1 << position)
            for parent in some:
                children[parent] -= 1
                if not children[parent]:
                    del bits[parent]
            bits[position] = everything
            yield position, tree, extra


def _parents_first(parents: Mapping[Sha, Sequence[Sha]]) -> Iterator[Sha]:
    done: set[Sha] = set()
    for start in parents:
        stack = [start]
        while stack:
            sha = stack[-1]
            if sha in done:
                stack.pop()
                continue
            # First parents first: what a merge brings in then follows in one piece.
            missing = [p for p in reversed(parents[sha]) if p in parents and p not in done]
            if missing:
                stack.extend(missing)
            else:
                done.add(sha)
                yield stack.pop()


def _intervals(bits: int) -> Iterator[tuple[int, int]]:
    """The runs of ones of a bit set, as (start, end) with the end outside."""
    if not bits:
        return
    lowest = (bits & -bits).bit_length() - 1 & ~7
    raw = (bits >> lowest).to_bytes((bits.bit_length() - lowest + 7) // 8 + 1, "little")
    flags = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")
    edges = np.flatnonzero(np.diff(flags, prepend=np.uint8(0))) + lowest
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _preorder(tree: NDArray[np.int_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """When a walk of the tree enters each position, and when it has left all that hang below."""
    above = tree.tolist()
    size = [1] * len(above)
    for position in range(len(above) - 1, -1, -1):
        if above[position] >= 0:
            size[above[position]] += size[position]
    enter, free, roots = [0] * len(above), [0] * len(above), 0
    for position, parent in enumerate(above):
        if parent >= 0:
            enter[position] = free[parent]
            free[parent] += size[position]
        else:
            enter[position] = roots
            roots += size[position]
        free[position] = enter[position] + 1
    entered = np.array(enter, np.intp)
    return entered, entered + np.array(size, np.intp)
