"""The summaries of bugs: computed from their rows, in the transaction that changes these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from bisectweb.models import Bisection, Bug, Crash, Culprit, Subsystem
from bisectweb.reports import best_text
from runner.console import find_crash
from runner.console.guilty import guilty

LONGEST = 4000
"""Characters that are searched; a bug with thousands of titles is found by the first ones."""

BISECTED = {
    Bisection.State.QUEUED: Bug.Bisected.RUNNING,
    Bisection.State.RUNNING: Bug.Bisected.RUNNING,
    Bisection.State.FOUND: Bug.Bisected.FOUND,
    Bisection.State.INCONCLUSIVE: Bug.Bisected.INCONCLUSIVE,
    Bisection.State.FAILED: Bug.Bisected.FAILED,
    Bisection.State.CANCELLED: Bug.Bisected.CANCELLED,
}
OF_CULPRITS = ("bisection", "sha", "subject", "confidence", "verdict")


def summarise(bug_pk: int) -> bool:
    """Bring the summary of a bug up to date; whether anything in it changed.

    Whatever changes a bug, its crashes, bisections or culprits calls it in the same transaction,
    after the change. The row is locked, so that of two changes at once the later sees both.
    """
    with transaction.atomic():
        bug = Bug.objects.select_for_update(no_key=True).get(pk=bug_pk)
        fresh = summary(bug)
        stale = {name: value for name, value in fresh.items() if getattr(bug, name) != value}
        if stale:
            Bug.objects.filter(pk=bug_pk).update(**stale)
        moved = _file_under(bug, bug.subsystem_names)
    return bool(stale) or moved


def summarise_all() -> Iterator[bool]:
    """All of them anew: for each whether anything changed."""
    for pk in Bug.objects.order_by("pk").values_list("pk", flat=True).iterator():
        yield summarise(pk)


def summary(bug: Bug) -> Mapping[str, object]:
    """The columns of `Summarised` as the other rows have it."""
    latest = bug.bisections.order_by("-created", "-pk").only("bug", "state").first()
    culprits = list(Culprit.objects.filter(bisection__bug=bug).order_by("pk").only(*OF_CULPRITS))
    named = [one for one in culprits if latest and one.bisection_id == latest.pk]
    can_be_run = Count("pk", filter=~Q(reproducer=""))
    crashes = bug.crashes.aggregate(count=Count("pk"), can_be_run=can_be_run)
    active = bug.events.values_list("at", flat=True).first() or bug.active
    return {
        "latest_id": latest and latest.pk,
        "bisected": BISECTED[Bisection.State(latest.state)] if latest else Bug.Bisected.NONE,
        "confidence": (named[0].confidence or 0) if named else 0,
        "judged": named[0].verdict if named else "",
        "has_reproducer": crashes["can_be_run"] > 0,
        "crash_count": crashes["count"],
        "active": active,
        "words": _joined(_words(bug, culprits)),
        "commits": "".join(f" {sha}" for sha in dict.fromkeys(one.sha for one in culprits)),
    }


def _words(bug: Bug, culprits: Iterable[Culprit]) -> Iterator[str]:
    yield bug.title
    yield bug.fix
    yield from bug.subsystem_names
    for culprit in culprits:
        yield culprit.subject
    if crash := telling_crash(bug):
        yield from _reported(crash)
    titles = bug.crashes.order_by("title").values_list("title", flat=True)
    yield from titles.distinct()[: LONGEST // 10]


def telling_crash(bug: Bug) -> Crash | None:
    """The crash that stands for the bug: the newest that can be run, else the newest."""
    can_be_run = ExpressionWrapper(~Q(config="") & ~Q(reproducer=""), BooleanField())
    return bug.crashes.order_by(can_be_run, "created", "pk").last()


def _reported(crash: Crash) -> Iterator[str]:
    """The file that the crash points at, and what it is called otherwise."""
    report = best_text(crash)
    if found := guilty(report):
        yield found.file
    if read := find_crash(report):
        yield read.title
        yield from read.alt_titles


def _joined(words: Iterable[str]) -> str:
    """Each once, a line each, for `contains` that does not care about case."""
    lines = dict.fromkeys(line.casefold() for line in words if line)
    return "\n".join(lines).replace("\0", "")[:LONGEST]


def _file_under(bug: Bug, names: Iterable[str]) -> bool:
    wanted = set(names)
    if set(bug.in_subsystems.values_list("name", flat=True)) == wanted:
        return False
    rows = [Subsystem.objects.get_or_create(name=name)[0] for name in sorted(wanted)]
    bug.in_subsystems.set(rows)
    return True
