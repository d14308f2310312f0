"""Arranges topics into a history: what is merged, released and broken where. Pure.

Everything is drawn from a seed. What holds for every seed:

- the culprit is not in the second last release, and its neighbours can be tested;
- whoever has the second bug has the culprit too;
- no branch starts where the tree is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import TypeAlias

from tests.demokernel.patches import Patch, Role, Topic

LATER = "next-"
"""Topics of the branch `fixed` start with this."""
QUIET_LINES = 10
"""Topics before the second last release: nothing happens there."""
QUIET_BRANCHES = 3
LATE_BRANCHES = 5
FORK_DEPTH = 6
"""How far back, in topics and releases of the main line, a branch may start."""


@dataclass(frozen=True, slots=True)
class Release:
    """A commit that gives the tree another version, 1.`minor``extra`. Its tag is that after a v."""

    minor: int
    extra: str = ""

    @property
    def name(self) -> str:
        return f"1.{self.minor}{self.extra}"


@dataclass(frozen=True, slots=True)
class Line:
    """Patches that follow each other."""

    name: str
    patches: tuple[Patch, ...]
    straight: bool = False
    """These never come as a branch."""

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(patch.role for patch in self.patches if patch.role)


@dataclass(frozen=True, slots=True)
class Branch:
    """Patches that are merged; `old`: into a main line that has long gone on."""

    line: Line
    old: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """A commit that joins a branch."""

    line: Line


Item: TypeAlias = Line | Branch | Release
Change: TypeAlias = Patch | Release | Merge


@dataclass(frozen=True, slots=True)
class Node:
    """A commit to be. Its parents are positions in the plan, before its own."""

    change: Change
    parents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All commits, oldest first: up to `head` those of `main`, then those of `fixed`."""

    nodes: tuple[Node, ...]
    head: int


def make_plan(topics: Sequence[Topic], seed: int) -> Plan:
    """The history of a seed."""
    rng = Random(seed)
    writer = _Writer(rng)
    for item in _main(topics, rng):
        writer.write(item)
    head = writer.tip
    writer.ends = [head]  # a branch of `fixed` has the culprit, or there is nothing to fix
    for item in _fixed(topics, rng):
        writer.write(item)
    return Plan(tuple(writer.nodes), head)


@dataclass(slots=True)
class _Writer:
    """Puts items behind each other."""

    rng: Random
    nodes: list[Node] = field(default_factory=list)
    tip: int = -1
    ends: list[int] = field(default_factory=list)
    """The last commits of items. Branches start there: inside an item the tree may be broken."""

    def write(self, item: Item) -> None:
        match item:
            case Line():
                self.tip = self._chain(item, self.tip)
            case Branch(line, old):
                side = self._chain(line, self._fork(old))
                self.tip = self._add(Merge(line), (self.tip, side))
            case Release():
                self.tip = self._add(item, (self.tip,) if self.nodes else ())
        self.ends.append(self.tip)

    def _fork(self, old: bool) -> int:
        return self.ends[1] if old else self.rng.choice(self.ends[-1 - FORK_DEPTH : -1])

    def _chain(self, line: Line, parent: int) -> int:
        for patch in line.patches:
            parent = self._add(patch, (parent,))
        return parent

    def _add(self, change: Change, parents: tuple[int, ...]) -> int:
        self.nodes.append(Node(change, parents))
        return len(self.nodes) - 1


def _main(topics: Sequence[Topic], rng: Random) -> Iterator[Item]:
    lines = [_line(topic) for topic in topics if not topic.name.startswith(LATER)]
    plain = [line for line in lines if line.roles <= {Role.COMMENT_ONLY}]
    rng.shuffle(plain)
    broken_boot = _broken_boot(_with(lines, Role.BREAKS_BOOT), plain, rng)
    quiet, late = plain[:QUIET_LINES], plain[QUIET_LINES:]
    late.insert(rng.randint(0, len(late)), broken_boot)
    late.insert(rng.randint(0, len(late)), _with(lines, Role.BREAKS_BUILD))
    culprit = rng.randint(0, len(late))
    late.insert(culprit, _with(lines, Role.CULPRIT))
    late.insert(rng.randint(culprit + 1, len(late)), _with(lines, Role.SECOND_BUG))

    yield Release(0)
    # The first line has nothing behind it yet that a branch could have missed.
    yield from _released([quiet[0], *_branched(quiet[1:], QUIET_BRANCHES, rng)], 1)
    yield from _released(_one_old(_branched(late, LATE_BRANCHES, rng), rng), 3)


def _fixed(topics: Sequence[Topic], rng: Random) -> Iterator[Item]:
    lines = [_line(topic) for topic in topics if topic.name.startswith(LATER)]
    rng.shuffle(lines)
    return chain(lines[:1], _branched(lines[1:], 1, rng))


def _line(topic: Topic) -> Line:
    return Line(topic.name, topic.patches, straight=Role.SECOND_BUG in topic.roles)


def _with(lines: Iterable[Line], role: Role) -> Line:
    return next(line for line in lines if role in line.roles)


def _broken_boot(topic: Line, plain: list[Line], rng: Random) -> Line:
    """Between the patch that breaks and the one that fixes come two to four others of `plain`."""
    inside = [plain.pop()]
    if rng.random() < 0.5 and len(inside[0].patches) == 2:
        inside.append(plain.pop(next(i for i, line in enumerate(plain) if len(line.patches) == 2)))
    breaks, fixes = topic.patches
    between = chain.from_iterable(line.patches for line in inside)
    return Line(topic.name, (breaks, *between, fixes), straight=True)


def _branched(lines: Sequence[Line], count: int, rng: Random) -> list[Line | Branch]:
    """Some of the lines as branches; the culprit's every other time."""
    culprits = {line.name for line in lines if Role.CULPRIT in line.roles}
    others = [line.name for line in lines if not line.straight and line.name not in culprits]
    chosen = set(rng.sample(others, count)) | (culprits if rng.random() < 0.5 else set())
    return [Branch(line) if line.name in chosen else line for line in lines]


def _one_old(items: Sequence[Line | Branch], rng: Random) -> list[Line | Branch]:
    """One of the branches starts at the beginning of history; the culprit's does not."""
    branches = [item for item in items if isinstance(item, Branch)]
    old = rng.choice([item for item in branches if Role.CULPRIT not in item.line.roles])
    return [Branch(old.line, old=True) if item == old else item for item in items]


def _released(items: Sequence[Line | Branch], minor: int) -> Iterator[Item]:
    """With two releases on the way: a candidate and the release itself, twice."""
    names = [Release(minor, "-rc1"), Release(minor), Release(minor + 1, "-rc1"), Release(minor + 1)]
    cuts = [round(len(items) * (quarter + 1) / 4) for quarter in range(4)]
    start = 0
    for cut, release in zip(cuts, names, strict=True):
        yield from items[start:cut]
        # The last of all is not out yet: what follows its candidate is the head.
        if release != Release(4):
            yield release
        start = cut
