"""The commits a search chooses from, and who is whose ancestor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.git import Mirror, released
from runner.search.ancestry import Ancestry, Flags, Weights
from runner.search.releases import is_release, releases_before
from runner.values import Sha


@dataclass(frozen=True)
class History:
    """A range of a commit graph.

    `parents` maps each commit to its parents, newest commit first as `git rev-list` prints them;
    parents it lacks are outside the range. `good` may be None: then releases are walked.
    With `fix`, `good` is the commit that still crashes and `bad` the one that no longer does.
    """

    parents: Mapping[Sha, Sequence[Sha]]
    good: Sha | None = None
    bad: Sha = ""
    releases: Mapping[str, Sha] = field(default_factory=dict)
    """The release tags that `bad` contains, by name."""
    fix: bool = False
    prior: Mapping[Sha, float] | None = None
    """How likely each commit was before any run, relative to the others; absent means 1."""
    inert: frozenset[Sha] = frozenset()
    """The commits that cannot matter: revisions that differ only by those are one kernel."""

    @classmethod
    def from_git(
        cls, repo_path: Path | str, good: Sha | None, bad: Sha, *, fix: bool = False
    ) -> History:
        """The commits of a bare or ordinary repository that `bad` contains and `good` does not.

        Both may be any name git knows. Without `good`: those since the oldest release worth a test.
        """
        git_dir = Path(repo_path) / ".git"
        repository = Mirror(git_dir if git_dir.exists() else Path(repo_path), str(repo_path))
        bad, good = repository.resolve(bad), repository.resolve(good) if good else None
        tags = repository.tags(bad)
        releases = {tag: sha for tag, sha in tags.items() if is_release(tag)}
        releases = releases or released(repository, bad)
        walked = list(releases_before(releases, bad).values())
        oldest = good or (walked[-1] if walked else None)
        parents = repository.parents(bad, [oldest] if oldest else [])
        if oldest:
            parents[oldest] = ()
        return cls(parents, good=good, bad=bad, releases=releases, fix=fix)

    def __post_init__(self) -> None:
        for name in filter(None, (self.bad, self.good)):
            if name not in self.parents:
                raise ValueError(f"{name} is not in the history")
        for sha, weight in (self.prior or {}).items():
            if not 0 <= weight < math.inf:
                raise ValueError(f"the prior's weight of {sha} is {weight}, not a number from 0 on")

    @cached_property
    def ancestry(self) -> Ancestry:
        return Ancestry(self.parents)

    @property
    def start(self) -> Sha | None:
        """The commit that is said to crash."""
        return self.good if self.fix else self.bad

    @cached_property
    def window(self) -> Flags:
        """The commits that may be the culprit: what `bad` contains and `good` does not."""
        inside = self.ancestry.row(self.bad)
        return inside if self.good is None else inside & ~self.ancestry.row(self.good)

    @cached_property
    def floor(self) -> Sha | None:
        """Without a good commit, the one below all others: to be older than it is all the same."""
        window = np.flatnonzero(self.window)
        if self.good is not None or not len(window):
            return None
        below = self.ancestry.sums_below(self.window.astype(float))[window]
        return self.ancestry.order[window[0]] if below[0] == len(window) else None

    def twins(self, *shas: Sha) -> Flags:
        """The revisions that differ from one of these by commits that cannot matter, or are one."""
        kinds = self.kinds
        flags: Flags = np.isin(kinds, kinds[[self.ancestry.position[sha] for sha in shas]])
        return flags

    @cached_property
    def kinds(self) -> NDArray[np.int_]:
        """A number for each revision, by position: equal for those that contain the same commits
        that can matter.

        Equal sums of random numbers, as Zobrist has it: sets that differ have equal ones with a
        chance of less than one in 2^60 a pair. They fit into a float's 53 bits, so sums are exact.
        """
        size = len(self.ancestry)
        if not self.inert:
            return np.arange(size)
        random = np.random.default_rng(0)
        marks = random.integers(1, 2 ** (52 - size.bit_length()), (2, size))
        one, two = (self.ancestry.sums((row * self.live).astype(float)) for row in marks)
        pairs = (
            np.unique(one, return_inverse=True)[1] * size + np.unique(two, return_inverse=True)[1]
        )
        kinds: NDArray[np.int_] = np.unique(pairs, return_inverse=True)[1]
        return kinds

    @cached_property
    def live(self) -> Flags:
        """The commits that can matter."""
        return np.array([sha not in self.inert for sha in self.ancestry.order], bool)

    @cached_property
    def release_marks(self) -> Flags:
        """The releases worth a test, when no good commit is known; else none."""
        marks = np.zeros(len(self.ancestry), bool)
        if self.good is None:
            tested = releases_before(self.releases, self.bad).values()
            position = self.ancestry.position
            marks[[position[sha] for sha in tested if sha in position]] = True
        return marks

    @cached_property
    def releases_since(self) -> Weights:
        """For every commit, how many of those releases contain it."""
        return self.ancestry.sums_below(self.release_marks.astype(float))

    @cached_property
    def edges(self) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """The positions of children and parents, for every parent within the window."""
        position, window = self.ancestry.position, self.window
        pairs = [
            (position[sha], position[parent])
            for sha, parents in self.parents.items()
            for parent in parents
            if parent in position and window[position[parent]]
        ]
        children, parents = np.array(pairs, int).reshape(-1, 2).T
        return children, parents

    @cached_property
    def _newest_first(self) -> NDArray[np.int_]:
        return np.array([self.ancestry.position[sha] for sha in self.parents], int)

    def contains(self, sha: Sha, ancestor: Sha) -> bool:
        """Whether `ancestor` is `sha` or one of its ancestors."""
        return bool(self.ancestry.row(sha)[self.ancestry.position[ancestor]])

    def candidates(self, bad: Sha, goods: Iterable[Sha]) -> list[Sha]:
        """Ancestors of `bad`, itself included, that no good commit contains; newest first."""
        inside = self.ancestry.row(bad)
        for good in goods:
            inside = inside & ~self.ancestry.row(good)
        return self._members(inside)

    def weights(self, candidates: Sequence[Sha]) -> dict[Sha, int]:
        """How many of the candidates each of them contains, itself included."""
        positions = [self.ancestry.position[sha] for sha in candidates]
        chosen = np.zeros(len(self.ancestry))
        chosen[positions] = 1
        # Sums of whole numbers are exact, far beyond the size of any history.
        counts = self.ancestry.sums(chosen)[positions].astype(int)
        return dict(zip(candidates, counts.tolist(), strict=True))

    def boundary(self, sha: Sha) -> list[Sha]:
        """Commits just outside the range that `sha` descends from, in a stable order."""
        inside = self._members(self.ancestry.row(sha))
        outside = (p for other in inside for p in self.parents[other] if p not in self.parents)
        return list(dict.fromkeys(outside))

    @cached_property
    def _forks(self) -> dict[Sha, tuple[Sha, ...]]:
        return {}

    @cached_property
    def surely_had_bug(self) -> Flags:
        """The commits whose silence means something: in a fix bisection, those that contain the
        commit that crashed."""
        if not self.fix or self.good is None:
            return np.ones(len(self.ancestry), bool)
        crashed = np.zeros(len(self.ancestry))
        crashed[self.ancestry.position[self.good]] = 1
        flags: Flags = self.ancestry.sums(crashed) > 0.5
        return flags

    def fork(self, sha: Sha) -> tuple[Sha, ...]:
        """Where a revision of a fix bisection leaves the commits that may lack the bug.

        Empty if it surely had the bug, as it contains the commit that crashed.
        """
        if not self.fix or self.good is None:
            return ()
        if sha not in self._forks:
            had = self.surely_had_bug[self.ancestry.position[sha]]
            self._forks[sha] = () if had else (*sorted(self.boundary(sha)), "")
        return self._forks[sha]

    def _members(self, inside: Flags) -> list[Sha]:
        """Those commits, newest first."""
        newest = self._newest_first
        order = self.ancestry.order
        return [order[position] for position in newest[inside[newest]].tolist()]
