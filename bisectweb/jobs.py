"""What each worker has in hand, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bisectweb.access import Person, sees
from bisectweb.models import Bisection, PatchTest, Revision, Worker
from bisectweb.order import LARGE

HIDDEN = "a bisection that you may not see"
HIDDEN_TEST = "a patch test that you may not see"


@dataclass(frozen=True, slots=True)
class Job:
    """A revision or a patch that is tested, or a decision that is taken."""

    slot: int | None
    """None for a decision, which needs no slot."""
    bisection: Bisection | None
    """None where the reader may not see it, and for a patch test."""
    what: str


def workers(reader: Person) -> list[tuple[Worker, Sequence[Job]]]:
    jobs = _in_hand(reader)
    rows = Worker.objects.select_related("drained_by")
    return [(worker, jobs.get(worker.pk, [])) for worker in rows]


def _in_hand(reader: Person) -> Mapping[int | None, Sequence[Job]]:
    """By worker: its revisions, its patch tests, its decisions."""
    held = {"lease_until__gt": timezone.now(), "worker__isnull": False}
    revisions = Revision.objects.filter(state__in=Revision.UNFINISHED, **held)
    deciding = Bisection.objects.filter(Bisection.claimable(), **held)
    jobs: dict[int | None, list[Job]] = {}
    for revision in _light(revisions.select_related("bisection__bug__tree"), "bisection__"):
        what = f"{revision.state} {revision.sha[:12]}"
        job = _job(reader, revision.slot, revision.bisection, what)
        jobs.setdefault(revision.worker_id, []).append(job)
    tests = PatchTest.objects.filter(state__in=PatchTest.UNFINISHED, **held)
    for test in tests.select_related("bug__tree").defer("patch").order_by("slot", "pk"):
        what = f"patch test {test.pk}, {test.state}" if sees(reader, test.bug) else HIDDEN_TEST
        jobs.setdefault(test.worker_id, []).append(Job(test.slot, None, what))
    for bisection in _light(deciding.select_related("bug__tree"), ""):
        job = _job(reader, None, bisection, "deciding what is tested next")
        jobs.setdefault(bisection.worker_id, []).append(job)
    return jobs


def _light(rows: QuerySet[Any], path: str) -> QuerySet[Any]:
    return rows.defer(*(f"{path}{name}" for name in LARGE)).order_by("slot", "pk")


def _job(reader: Person, slot: int | None, bisection: Bisection, what: str) -> Job:
    if sees(reader, bisection):
        return Job(slot, bisection, what)
    return Job(slot, None, HIDDEN)
