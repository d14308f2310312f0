"""Histories made up after the habits of three kinds of projects, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from runner.errors import InputError
from runner.simulation.files import Folder, SourceTree
from runner.simulation.growth import Growth
from runner.simulation.window import Window

WEEK = 1.0
FEWEST = 100
"""With fewer the branches of a whole project do not fit in."""
CANDIDATES = 7
"""Release candidates of a cycle."""


def generate(kind: str, commits: int, seed: int) -> Window:
    """A window of exactly `commits` commits after its good one; kinds are those of `KINDS`."""
    if commits < FEWEST:
        raise InputError(f"a made-up history has at least {FEWEST} commits")
    name = f"{kind} {commits} {seed}"
    rng = Random(name)
    return KINDS[kind](rng, SourceTree.grow(rng), commits, name)


def line(rng: Random, tree: SourceTree, commits: int, name: str) -> Window:
    """No branch at all."""
    growth = Growth(rng, tree)
    growth.advance(growth.commit(None, 0.0, tree.pick(rng)))
    growth.tags["v1.0"] = growth.head
    while growth.since(0) < commits:
        growth.advance(growth.commit(growth.head, growth.now, tree.pick(rng)))
        if len(growth.mainline) % 500 == 0:
            growth.tags[f"v1.{len(growth.mainline) // 500}"] = growth.head
    return growth.window(0, commits, name)


def topics(rng: Random, tree: SourceTree, commits: int, name: str) -> Window:
    """As git's own: many short topics, forked at old commits, each merged by itself."""
    growth = Growth(rng, tree)
    growth.advance(growth.commit(None, 0.0, tree.pick(rng)))
    cooking: list[int] = []
    before = max(300, commits // 4)
    while len(growth.mainline) < before:
        _grow_topics(growth, cooking)
    good = growth.tags["v2.0"] = growth.head
    while growth.since(good) < commits:
        _grow_topics(growth, cooking)
        if (age := len(growth.mainline) - before) % 200 == 0:
            growth.tags[f"v2.{age // 200}"] = growth.head
    return growth.window(good, commits, name)


def _grow_topics(growth: Growth, cooking: list[int]) -> None:
    """One more topic begins; one that has cooked for a while, or a small fix, goes in."""
    rng = growth.rng
    age = min(len(growth.mainline) - 1, int(rng.lognormvariate(3.0, 1.3)))
    base = growth.mainline[-1 - age]
    if cooking and rng.random() < 0.08:
        base = rng.choice(cooking)  # a topic that needs another one
    dates = (growth.dates[base], growth.now)
    count = 1 + min(40, int(rng.expovariate(1 / 2.3)))
    tip = growth.series(base, count, dates, growth.tree.pick(rng))
    if rng.random() < 0.05:
        tip = growth.merge(tip, growth.head, growth.now)  # brought up to date by its author
    cooking.append(tip)
    if len(cooking) > 25:
        growth.pull(cooking.pop(rng.randrange(len(cooking))), growth.now + WEEK / 20)
    if rng.random() < 0.1:
        growth.advance(growth.commit(growth.head, growth.now, growth.tree.pick(rng)))


def kernel(rng: Random, tree: SourceTree, commits: int, name: str) -> Window:
    """As Linux: cycles of a merge window and release candidates, trees of subsystems."""
    growth = Growth(rng, tree)
    growth.advance(growth.commit(None, 0.0, tree.pick(rng)))
    cycle = min(commits, 8000)
    linux = _Linux(growth, _subsystems(rng, tree, 4 + int(cycle**0.5 / 2)), cycle)
    for version in (1, 2):
        linux.release(f"v5.{version}")
    good, version = growth.head, 2
    while growth.since(good) < commits:
        version += 1
        linux.release(f"v5.{version}")
    return growth.window(good, commits, name)


@dataclass
class _Subsystem:
    folders: tuple[Folder, ...]
    share: float
    """Of the commits of a cycle."""
    fork: int
    """The release candidate that its tree is based on anew each cycle."""
    pulls: tuple[_Subsystem, ...] = ()
    """Nested trees, that go to the mainline through this one."""
    tip: int | None = None


def _subsystems(rng: Random, tree: SourceTree, count: int) -> list[_Subsystem]:
    """A third of them nested in the larger ones."""
    heat = [rank**-0.8 for rank in range(1, count + 1)]
    span = len(tree.folders) // count
    trees = [
        _Subsystem(
            tuple(tree.folders[i * span : (i + 1) * span]),
            heat[i] / sum(heat),
            rng.randint(1, CANDIDATES - 2),
        )
        for i in range(count)
    ]
    nested = count // 3
    for parent, child in zip(trees, trees[count - nested :], strict=False):
        parent.pulls = (child,)
    return trees


class _Linux:
    """Mainline and the trees around it."""

    def __init__(self, growth: Growth, trees: list[_Subsystem], cycle: int) -> None:
        self.growth, self.rng = growth, growth.rng
        self.trees, self.cycle = trees, cycle
        nested = {id(child) for tree in trees for child in tree.pulls}
        self.pulled = [tree for tree in trees if id(tree) not in nested]
        self.tags = [growth.head]

    def release(self, name: str) -> None:
        self._merge_window()
        for candidate in range(1, CANDIDATES + 1):
            self._tag(f"{name}-rc{candidate}")
            began = self.growth.now
            for tree in self.trees:
                self._develop(tree, candidate, began)
            self._fixes(began)
        self._tag(name)

    def _tag(self, name: str) -> None:
        focus = self.growth.tree.pick(self.rng)
        self.growth.advance(self.growth.commit(self.growth.head, self.growth.now, focus))
        self.growth.tags[name] = self.growth.head
        self.tags.append(self.growth.head)

    def _merge_window(self) -> None:
        for tree in self.rng.sample(self.pulled, len(self.pulled)):
            self._pull_nested(tree)
            if tree.tip is not None:
                self.growth.pull(tree.tip, self.growth.now + 2 * WEEK / len(self.pulled))
            tree.tip = None

    def _pull_nested(self, tree: _Subsystem) -> None:
        for child in tree.pulls:
            if child.tip is not None:
                into = self.tags[-1] if tree.tip is None else tree.tip
                tree.tip = self.growth.merge(into, child.tip, self.growth.now)
            child.tip = None

    def _develop(self, tree: _Subsystem, candidate: int, began: float) -> None:
        """A week of a subsystem; its tree is forked anew at its favourite candidate."""
        if candidate < tree.fork:
            return
        if tree.tip is None:
            tree.tip = self.tags[-1]
        elif self.rng.random() < 0.12:
            tree.tip = self.growth.merge(tree.tip, self.tags[-1], began)
        left = self.cycle * 0.85 * tree.share / (CANDIDATES + 1 - tree.fork)
        left = int(left + self.rng.random())
        while left > 0:
            count = min(left, 1 + int(self.rng.expovariate(1 / 8)))
            tree.tip = self._topic(tree, tree.tip, count, (began, began + WEEK))
            left -= count

    def _topic(self, tree: _Subsystem, tip: int, count: int, dates: tuple[float, float]) -> int:
        """A series: applied to the tree, or a branch of its own that the tree merges."""
        focus = self.rng.choice(tree.folders)
        if self.rng.random() < 0.5:
            return self.growth.series(tip, count, dates, focus)
        recent = self.tags[-1 - self.rng.randint(0, min(3, len(self.tags) - 1))]
        base = tip if self.rng.random() < 0.5 else recent
        return self.growth.merge(tip, self.growth.series(base, count, dates, focus), dates[1])

    def _fixes(self, began: float) -> None:
        """What the mainline takes between two candidates: small pulls, and a few patches."""
        week = self.cycle * 0.15 / CANDIDATES
        while week > 0:
            tree = self.rng.choice(self.trees)
            base = self.tags[-1 - self.rng.randint(0, min(2, len(self.tags) - 1))]
            count = 1 + int(self.rng.expovariate(1 / 4))
            dates = (self.growth.dates[base], began + WEEK)
            tip = self.growth.series(base, count, dates, self.rng.choice(tree.folders))
            self.growth.pull(tip, self.growth.now + WEEK * count / self.cycle)
            week -= count


KINDS: dict[str, Callable[[Random, SourceTree, int, str], Window]] = {
    "kernel": kernel,
    "git": topics,
    "line": line,
}
