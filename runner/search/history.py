"""The commits a search chooses from, and who is whose ancestor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runner.git import Mirror
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

    @classmethod
    def from_git(
        cls, repo_path: Path | str, good: Sha | None, bad: Sha, *, fix: bool = False
    ) -> History:
        """The commits of a bare or ordinary repository that `bad` contains and `good` does not.

        Without `good`: those since the oldest release worth a test.
        """
        git_dir = Path(repo_path) / ".git"
        repository = Mirror(git_dir if git_dir.exists() else Path(repo_path), str(repo_path))
        tags = repository.tags(bad)
        releases = {tag: sha for tag, sha in tags.items() if is_release(tag)}
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

    @cached_property
    def _order(self) -> list[Sha]:
        """Every commit after all of its parents."""
        done: set[Sha] = set()
        order: list[Sha] = []
        for start in self.parents:
            stack = [start]
            while stack:
                sha = stack[-1]
                if sha in done:
                    stack.pop()
                    continue
                missing = [p for p in self.parents[sha] if p in self.parents and p not in done]
                if missing:
                    stack.extend(missing)
                else:
                    done.add(sha)
                    order.append(stack.pop())
        return order

    @cached_property
    def _bit(self) -> dict[Sha, int]:
        return {sha: position for position, sha in enumerate(self._order)}

    @cached_property
    def _ancestors(self) -> dict[Sha, int]:
        """Ancestors of each commit, itself included, as a bit set over `_order`."""
        sets: dict[Sha, int] = {}
        for position, sha in enumerate(self._order):
            bits = 1 << position
            for parent in self.parents[sha]:
                bits |= sets.get(parent, 0)
            sets[sha] = bits
        return sets

    def contains(self, sha: Sha, ancestor: Sha) -> bool:
        """Whether `ancestor` is `sha` or one of its ancestors."""
        return bool(self._ancestors[sha] >> self._bit[ancestor] & 1)

    def candidates(self, bad: Sha, goods: Iterable[Sha]) -> list[Sha]:
        """Ancestors of `bad`, itself included, that no good commit contains; newest first."""
        return self._members(self._ancestors[bad] & ~self._union(goods))

    def weights(self, candidates: Sequence[Sha]) -> dict[Sha, int]:
        """How many of the candidates each of them contains, itself included."""
        chosen = bytearray(len(self._order) // 8 + 1)
        for sha in candidates:
            chosen[self._bit[sha] >> 3] |= 1 << (self._bit[sha] & 7)
        members = int.from_bytes(chosen, "little")
        return {sha: (self._ancestors[sha] & members).bit_count() for sha in candidates}

    def boundary(self, sha: Sha) -> list[Sha]:
        """Commits just outside the range that `sha` descends from, in a stable order."""
        inside = self._members(self._ancestors[sha])
        outside = (p for other in inside for p in self.parents[other] if p not in self.parents)
        return list(dict.fromkeys(outside))

    def _members(self, bits: int) -> list[Sha]:
        """The commits of a bit set, newest first."""
        # Bytes, as shifting a number of 15,000 bits for each commit would be quadratic.
        raw = bits.to_bytes(len(self._order) // 8 + 1, "little")
        positions = self._bit
        return [s for s in self.parents if raw[positions[s] >> 3] >> (positions[s] & 7) & 1]

    def _union(self, shas: Iterable[Sha]) -> int:
        bits = 0
        for sha in shas:
            bits |= self._ancestors[sha]
        return bits
