"""The shape of the history: from a seed to an ordered list of commits with parents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from tests.demolinux import core, inert, kvm
from tests.demolinux.change import INTEGRATOR, Author, Change, Effect

CHANGES = (
    *(kvm.CULPRIT, *kvm.TOPIC, *kvm.SINGLES),
    *(*core.TOPIC, *core.SINGLES, *core.BUILD_PAIR, *core.BOOT_PAIR),
    *(*inert.TOPIC, *inert.SINGLES),
)

BASE = Change(
    key="base",
    author=Author("Demo Packager", "packager@demo.invalid"),
    subject="Import the source of Linux 6.12",
    body="As the distribution packages it, with its point releases.\n\nWhat follows is generated.",
    edits=(),
    tag="v6.12",
)


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


def plan(seed: int, release: Change) -> list[Step]:
    """The same seed gives the same history: the base, then every change once, the release too.

    Branches start, and releases stand, where the kernel builds and boots; so does the culprit's
    parent, and so does the last commit.
    """
    return linear(units(Random(seed), release))


def units(random: Random, release: Change) -> list[Unit]:
    """What the main line consists of, in the order of the seed."""
    on_topic = random.random() < 0.5
    topics = [
        Topic(name, _shuffled(random, changes), behind=random.randint(1, 3))
        for name, changes in (
            ("kvm", (*kvm.TOPIC, kvm.CULPRIT) if on_topic else kvm.TOPIC),
            ("mm", core.TOPIC),
            ("docs", inert.TOPIC),
        )
    ]
    bystander, *singles = _shuffled(random, (*kvm.SINGLES, *core.SINGLES, *inert.SINGLES))
    order: list[Unit] = [
        Straight(core.BUILD_PAIR),
        Straight((core.BOOT_PAIR[0], bystander, core.BOOT_PAIR[1])),
        *(Straight((single,)) for single in singles),
    ]
    random.shuffle(order)
    placed: list[Unit] = [
        *topics,
        Straight((release,)),
        *([] if on_topic else [Straight((kvm.CULPRIT,))]),
    ]
    for unit in placed:
        order.insert(_middle(random, order), unit)
    return order


def linear(order: Iterable[Unit]) -> list[Step]:
    """The commits of the units in order, with the parents that the branches and merges give."""
    steps = [Step((), BASE)]
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
