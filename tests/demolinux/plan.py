"""The shape of the history: from a seed to an ordered list of commits with parents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from tests.demolinux.change import INTEGRATOR, Author, Change, Effect

PACKAGER = Author("Demo Packager", "packager@demo.invalid")
OLD = 1000
"""More units than there are: a branch so far behind starts at the base."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be committed, before it has an order."""

    culprit: Change
    topics: Mapping[str, tuple[Change, ...]]
    """Changes that live on a branch of their own, by its name."""
    culprit_topic: str
    """The branch that has the culprit, if the seed puts it on one."""
    old_topic: str
    """The branch that starts at the base, however late it is merged."""
    singles: tuple[Change, ...]
    pairs: tuple[tuple[Change, Change], ...]
    """What breaks the kernel, and what repairs it."""
    release: Change

    def all(self) -> tuple[Change, ...]:
        on_topics = (change for changes in self.topics.values() for change in changes)
        in_pairs = (change for pair in self.pairs for change in pair)
        return (self.culprit, *on_topics, *self.singles, *in_pairs, self.release)


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of the plan. `parents` are earlier places in the list; step 0 is the base."""

    parents: tuple[int, ...]
    change: Change


@dataclass(frozen=True, slots=True)
class Straight:
    """Changes that follow each other on the main line, where nothing comes between."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Changes on a branch of their own, which starts `behind` units ago and ends in a merge."""

    name: str
    changes: tuple[Change, ...]
    behind: int


Unit: TypeAlias = Straight | Topic


def plan(seed: int, base: Change, changes: Changes) -> list[Step]:
    """The same seed gives the same history: the base, then every change once.

    Branches start, and releases stand, where the kernel builds and boots; so does the culprit's
    parent, and so does the last commit.
    """
    return linear(base, units(Random(seed), changes))


def units(random: Random, changes: Changes) -> list[Unit]:
    """What the main line consists of, in the order of the seed."""
    on_topic = random.random() < 0.5 and changes.culprit_topic in changes.topics
    topics = []
    for name, members in changes.topics.items():
        extra = (changes.culprit,) if on_topic and name == changes.culprit_topic else ()
        behind = OLD if name == changes.old_topic else random.randint(1, 3)
        topics.append(Topic(name, _shuffled(random, (*members, *extra)), behind))
    singles = _shuffled(random, changes.singles)
    # Of commits that cannot matter tests build some, so none of these stands between a pair.
    between = [one for one in singles if one.effect is not Effect.INERT][: len(changes.pairs)]
    order: list[Unit] = [
        # A build that fails and a kernel that does not boot each last for more than one commit.
        *(
            Straight((breaks, other, repairs))
            for (breaks, repairs), other in zip(changes.pairs, between, strict=True)
        ),
        *(Straight((single,)) for single in singles if single not in between),
    ]
    random.shuffle(order)
    placed: list[Unit] = [*topics, Straight((changes.release,))]
    if not on_topic:
        placed.append(Straight((changes.culprit,)))
    for unit in placed:
        order.insert(_middle(random, order), unit)
    return order


def linear(base: Change, order: Iterable[Unit]) -> list[Step]:
    """The commits of the units in order, with the parents that the branches and merges give."""
    steps = [Step((), base)]
    ends = [0]  # where the main line is sound: the base, then the end of each unit
    for unit in order:
        match unit:
            case Straight(changes):
                _chain(steps, ends[-1], changes)
            case Topic(name, changes, behind):
                tip = _chain(steps, ends[max(0, len(ends) - 1 - behind)], changes)
                steps.append(Step((ends[-1], tip), merge(name)))
        ends.append(len(steps) - 1)
    return steps


def merge(topic: str) -> Change:
    return Change(
        key=f"merge-{topic}",
        author=INTEGRATOR,
        subject=f"Merge branch '{topic}'",
        body=f"What the {topic} developers have ready.",
        edits=(),
    )


def ancestors(steps: Sequence[Step]) -> list[frozenset[int]]:
    """For each step, the places of its ancestors and of itself."""
    known: list[frozenset[int]] = []
    for place, step in enumerate(steps):
        known.append(frozenset({place}).union(*(known[parent] for parent in step.parents)))
    return known


def broken(steps: Sequence[Step], effect: Effect) -> list[int]:
    """The places whose tree has the change of this effect, and not yet the one that fixes it."""
    places = {step.change.key: place for place, step in enumerate(steps)}
    spans = [
        (places[step.change.fixes], place)
        for place, step in enumerate(steps)
        if step.change.fixes and steps[places[step.change.fixes]].change.effect is effect
    ]
    return [
        place
        for place, known in enumerate(ancestors(steps))
        if any(bad in known and fix not in known for bad, fix in spans)
    ]


def _chain(steps: list[Step], start: int, changes: Sequence[Change]) -> int:
    """Append the changes one after the other; returns the place of the last one."""
    parent = start
    for change in changes:
        steps.append(Step((parent,), change))
        parent = len(steps) - 1
    return parent


def _shuffled(random: Random, changes: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(random.sample(changes, len(changes)))


def _middle(random: Random, order: Sequence[Unit]) -> int:
    """A place not near either end, so that there is something to search on both sides."""
    return random.randint(len(order) // 4, 3 * len(order) // 4)
