"""Bisection logs that were written elsewhere, read into rows that look like those of our own.

Nobody works on them: they are over from the start. Nobody is mailed about them: mails are drafted
by the workflow, which is not asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from bisectweb import weeks
from bisectweb.access import sees
from bisectweb.imports import rows
from bisectweb.imports.standings import keep_standings
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Event,
    ImportedLog,
    Kernel,
    Revision,
    Run,
    Tree,
)
from bisectweb.scores import scored
from bisectweb.summaries import summarise
from runner.errors import InputError
from runner.log import Log

LARGEST = 8 << 20
"""Bytes of a log; the largest known ones have one million."""
TREE = "imported"
"""The name of the tree of logs whose repository nobody named."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one log."""

    name: str
    bisection: Bisection | None = None
    is_new: bool = False
    """False: it was imported before, and nothing was changed."""
    refused: str = ""
    """Why there is no bisection."""


def import_tree(name: str = "") -> Tree:
    """The tree of that name. Without a name the one that has no repository, made when needed."""
    if not name:
        return Tree.objects.get_or_create(name=TREE, defaults={"url": "", "branch": ""})[0]
    tree = Tree.objects.filter(name=name).first()
    if tree is None:
        raise InputError(f"there is no tree named {name!r}; give the name of one, or none")
    return tree


def import_log(
    content: bytes, name: str, *, tree: Tree, bug_title: str = "", by: User | None
) -> Imported:
    """Make a bisection of a log, all of it or nothing. A log is imported once."""
    digest = hashlib.sha256(content).hexdigest()
    known = Bisection.objects.select_related("bug__tree").filter(imported_log__digest=digest)
    if found := known.first():
        return _there_before(name, found, by)
    try:
        log = _read(content)
    except InputError as error:
        return Imported(name, refused=str(error))
    try:
        with transaction.atomic():
            bisection = _bisection(log, _bug(log, tree, bug_title, by), by)
            _keep(bisection, log, content, name, digest)
            _fill(bisection, log, name, by)
    except IntegrityError:
        if (found := known.first()) is None:
            raise
        return _there_before(name, found, by)  # somebody was quicker
    return Imported(name, bisection, is_new=True)


def _fill(bisection: Bisection, log: Log, name: str, by: User | None) -> None:
    _revisions(bisection, log)
    keep_standings(bisection, log)
    if culprit := rows.culprit(bisection, log):
        culprit.save()
    scored(bisection, log).save()
    text = f"imported {bisection.kind} bisection {bisection.pk} from {name}"
    Event.objects.create(bug=bisection.bug, actor=by, text=text[:1000])
    summarise(bisection.bug_id)
    weeks.add(bisection.pk)


def _there_before(name: str, found: Bisection, by: User | None) -> Imported:
    """Of one that they may not see they learn no more than that: they have its log."""
    if by is None or sees(by, found):
        return Imported(name, found)
    return Imported(name, refused="it was imported before, where you may not see it")


def _read(content: bytes) -> Log:
    if len(content) > LARGEST:
        raise InputError(f"a log has at most {LARGEST >> 20} MiB")
    log = rows.read(content)
    rows.check(log)
    return log


def _bug(log: Log, tree: Tree, title: str, by: User | None) -> Bug:
    """The bug of that title in the tree; logs of one crash are bisections of one bug."""
    title = (title or rows.bug_title(log))[:300]
    known = Bug.objects.filter(tree=tree, title=title).order_by("pk").first()
    return known or Bug.objects.create(tree=tree, title=title, reporter=by)


def _bisection(log: Log, bug: Bug, by: User | None) -> Bisection:
    title = rows.bug_title(log)[:300]
    crash = Crash.objects.create(
        bug=bug, title=title, commit=log.start, report=rows.report(log, title)
    )
    return Bisection.objects.create(
        bug=bug,
        crash=crash,
        kind=log.kind,
        strategy=Bisection.Strategy.CLASSIC,
        runs=log.usual_runs,
        asked_bad=log.start,
        title=title,
        imported=True,
        created_by=by,
        **rows.result(log),
    )


def _keep(bisection: Bisection, log: Log, content: bytes, name: str, digest: str) -> None:
    kept = ImportedLog(
        bisection=bisection, digest=digest, name=name[:300], packed=ImportedLog.pack(content)
    )
    if totals := log.totals:
        kept.revisions_tested = totals.revisions
        kept.total_seconds = totals.total.seconds
        kept.build_seconds = totals.build.seconds
        kept.test_seconds = totals.test.seconds
    kept.save()


def _revisions(bisection: Bisection, log: Log) -> None:
    tested = list(rows.tested(bisection, log))
    kernels = _kernels([one.kernel for one in tested if one.kernel])
    for one in tested:
        one.revision.kernel = kernels[one.kernel.key] if one.kernel else None
    Revision.objects.bulk_create([one.revision for one in tested])
    Run.objects.bulk_create([run for one in tested for run in one.runs])


def _kernels(wanted: Sequence[Kernel]) -> dict[str, Kernel]:
    """The rows of these kernels by their keys, those that are there and new ones."""
    in_order = sorted(wanted, key=lambda kernel: kernel.key)  # of two, one waits for the other
    Kernel.objects.bulk_create(in_order, ignore_conflicts=True)
    known = Kernel.objects.filter(key__in={kernel.key for kernel in wanted})
    return {kernel.key: kernel for kernel in known}
