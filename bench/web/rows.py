"""Fills a database as a busy service's: copies of bisections that our own code carried out.

What a bug has one or a few of is written here, with titles and people of its own; the rest is
copied by the database itself (`copies`). Each copy has commits of its own, but for releases,
which all of them share.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction

from bench.web.copies import SHA, copy_rows, finish, next_id, scatter
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Culprit,
    Event,
    ImportedLog,
    Message,
    Score,
    Tree,
)
from bisectweb.models.bug import new_token
from tests.browser.scene import LONG, MAINTAINER, Scene, carried, filed
from tests.crashlogs.examples import examples

M = TypeVar("M", bound=models.Model)

BATCH = 1000
SHARES = {
    "walked": 0.44,
    "imported": 0.17,
    "wide": 0.27,
    "found": 0.06,
    "inconclusive": 0.04,
    "failed": 0.02,
}
"""Of all bisections: 15 revisions and 100 runs each, on average."""
TREES = ("net", "net-next", "bpf", "mm", "mm-unstable", "kvm", "usb", "block", "ext4", "x86")
SUBSYSTEMS = ("net", "bpf", "mm", "fs", "ext4", "kvm", "usb, bluetooth", "block", "x86", "sound")
PLACES = (
    "tcp",
    "udp",
    "skb",
    "page",
    "folio",
    "inode",
    "dentry",
    "kvm",
    "l2cap",
    "usb",
    "io_uring",
)
ACTS = ("alloc", "free", "release", "lookup", "insert", "remove", "commit", "sync", "poll", "ioctl")


@dataclass(frozen=True, slots=True)
class Copies:
    """The bisections that are copies of one: their first and last id, without a gap."""

    first: int
    last: int


def fill(scene: Scene, count: int) -> Mapping[str, Copies]:
    """Add `count` bugs with a bisection each; what they are copies of, by the scene's names."""
    for name in TREES:
        Tree.objects.create(
            name=name, url=f"https://git.invalid/{name}.git", maintainers=MAINTAINER
        )
    titles = Titles(random.Random(count))
    made = {}
    for name, original in originals(scene).items():
        first = next_id(Bisection)
        last = first + max(1, round(count * SHARES[name])) - 1
        for begun in range(first, last + 1, BATCH):
            some = Copies(begun, min(begun + BATCH - 1, last))
            with transaction.atomic():
                write(original, some, titles)
        with transaction.atomic():
            copy_rows(original, first, last)
        made[name] = Copies(first, last)
    for model in (Bug, Crash, Bisection, Message, Event):
        scatter(model, "at" if model is Event else "created")
    finish()
    return made


def originals(scene: Scene) -> Mapping[str, Bisection]:
    """The scene's, and one that tested many revisions, as most of its range does not build."""
    bug = filed(scene.found.bug.tree, scene.user)
    wide = carried(bug, LONG, broken=range(11, 120), by=scene.admin)
    return {name: wide if name == "wide" else getattr(scene, name) for name in SHARES}


class Titles:
    """Titles as they are: of few kinds, in many functions."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.trees = list(Tree.objects.exclude(maintainers=""))
        self.kinds = sorted({one.title for one in examples() if " in " in one.title})

    def bug(self, original: Bug) -> Bug:
        kind = self.dice.choice(self.kinds).rpartition(" in ")[0]
        place, act = self.dice.choice(PLACES), self.dice.choice(ACTS)
        return like(
            original,
            tree=self.dice.choice(self.trees),
            title=f"{kind} in {place}_{act}_{self.dice.randrange(1000)}",
            state=self.dice.choices(["open", "fixed", "invalid"], [7, 2, 1])[0],
            subsystems=self.dice.choice(SUBSYSTEMS),
            token=new_token(),
        )


def like(original: M, **changes: Any) -> M:
    """A new row that differs from another one only as said."""
    row = copy(original)
    row._state = type(original._state)()
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def write(original: Bisection, some: Copies, titles: Titles) -> None:
    """Copies with all that there is one of, or a few."""
    numbers = range(some.first, some.last + 1)
    shared = set(original.revisions.exclude(release="").values_list("sha", flat=True))
    bugs = saved([titles.bug(original.bug) for _ in numbers])
    crashes = saved([like(original.crash, bug=bug, title=bug.title) for bug in bugs])
    bisections = [
        like(renamed(original, number, shared), pk=number, bug=bug, crash=crash, title=bug.title)
        for number, bug, crash in zip(numbers, bugs, crashes, strict=True)
    ]
    saved(bisections)
    for model in (Culprit, Score, ImportedLog, Message):
        for one in model._default_manager.filter(bisection=original):
            saved([belonging(renamed(one, row.pk, shared), row) for row in bisections])
    for event in original.bug.events.all():
        saved([like(event, bug=bug) for bug in bugs])


def saved(rows: Sequence[M]) -> Sequence[M]:
    return type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def belonging(row: models.Model, bisection: Bisection) -> models.Model:
    """A copy that is about this bisection; what must differ differs."""
    match row:
        case Message():
            own: dict[str, Any] = {
                "bug": bisection.bug,
                "message_id": f"<{bisection.pk}@bench.invalid>",
            }
        case ImportedLog():
            own = {"digest": f"{bisection.pk:064x}"}
        case _:
            own = {}
    return like(row, bisection=bisection, **own)


def renamed(original: M, number: int, shared: set[str]) -> M:
    """Copy `number`, in whose texts the names of commits begin with its number."""
    row = copy(original)

    def name(text: str) -> str:
        return SHA.sub(
            lambda sha: sha[0] if sha[0] in shared else f"{number:08x}{sha[0][8:]}", text
        )

    for field in original._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, str) and value:
            setattr(row, field.attname, name(value))
        elif isinstance(value, (list, dict)) and value:
            setattr(row, field.attname, json.loads(name(json.dumps(value))))
    return row
