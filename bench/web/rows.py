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
from datetime import timedelta
from math import ceil
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F

from bench.web.copies import SHA, Copies, copy_rows, finish, multiply, next_id, scatter
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Culprit,
    Event,
    ImportedLog,
    Message,
    Score,
    Subsystem,
    Tree,
)
from bisectweb.models.bug import new_token
from bisectweb.weeks import count_all
from tests.browser.scene import LONG, MAINTAINER, Scene, carried, filed
from tests.crashlogs.examples import examples

M = TypeVar("M", bound=models.Model)

BATCH = 1000
TOOK = timedelta(minutes=50)
FOLDS = 20
"""Every bug is there so often, with another number and time."""
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
SUBSYSTEMS = ("net", "bpf", "mm", "fs", "ext4", "kvm", "usb", "block", "x86", "sound")
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


def fill(scene: Scene, count: int) -> Mapping[str, Copies]:
    """Add `count` bugs with a bisection each; what they are copies of, by the scene's names."""
    for name in TREES:
        Tree.objects.create(
            name=name, url=f"https://git.invalid/{name}.git", maintainers=MAINTAINER
        )
    titles = Titles(random.Random(count))
    made = {}
    for name, original in originals(scene).items():
        with transaction.atomic():
            made[name] = copied(original, max(1, round(count * SHARES[name])), titles)
    for model in (Bug, Crash, Bisection, Message, Event):
        scatter(model, "at" if model is Event else "created")
    end_in_their_time()
    finish()
    return made


def end_in_their_time() -> None:
    """Bisections end over the years in which they were asked for, and are counted by week."""
    over = Bisection.objects.exclude(ended=None)
    over.update(started=F("created"), ended=F("created") + TOOK)
    for _ in count_all():
        pass


def copied(original: Bisection, count: int, titles: Titles) -> Copies:
    """A block of copies is written here, and that block is copied in turn."""
    block = ceil(count / FOLDS)
    counted: Sequence[type[models.Model]] = (Bug, Crash, Bisection)
    starts = {model: next_id(model) for model in counted}
    write(original, range(starts[Bisection], starts[Bisection] + block), titles)
    multiply(starts, block, ceil(count / block))
    copies = Copies(starts[Bisection], next_id(Bisection) - 1)
    copy_rows(original, copies, block)
    return copies


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
        self.parts = {name: Subsystem.objects.get_or_create(name=name)[0] for name in SUBSYSTEMS}
        self.kinds = sorted({one.title for one in examples() if " in " in one.title})

    def bug(self, original: Bug, bisection: int) -> Bug:
        kind = self.dice.choice(self.kinds).rpartition(" in ")[0]
        place, act = self.dice.choice(PLACES), self.dice.choice(ACTS)
        title = f"{kind} in {place}_{act}_{self.dice.randrange(1000)}"
        part = self.dice.choice(sorted(self.parts))
        return like(
            original,
            tree=self.dice.choice(self.trees),
            title=title,
            words=f"{title.casefold()}\n{part}\n{original.words}",
            state=self.dice.choices(["open", "fixed", "invalid"], [7, 2, 1])[0],
            subsystems=part,
            token=new_token(),
            latest_id=bisection,
            confidence=original.confidence and self.dice.uniform(0.6, 1),
        )

    def filed(self, bug: Bug) -> models.Model:
        """Below its subsystem."""
        return Bug.in_subsystems.through(bug=bug, subsystem=self.parts[bug.subsystems])


def like(original: M, **changes: Any) -> M:
    """A new row that differs from another one only as said."""
    row = copy(original)
    row._state = type(original._state)()
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def write(original: Bisection, numbers: range, titles: Titles) -> None:
    """Copies with all that there is one of, or a few; they are numbered as their bisections."""
    shared = set(original.revisions.exclude(release="").values_list("sha", flat=True))
    bugs = saved([titles.bug(renamed(original.bug, number, shared), number) for number in numbers])
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
    saved([titles.filed(bug) for bug in bugs])


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
