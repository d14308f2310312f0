"""What workers do: take a decision, test a revision, wake what waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bisectweb import order, outbox, queue
from bisectweb.holding import LeaseLost, holding
from bisectweb.models import Bisection, Event, Revision, Worker
from bisectweb.models.lease import Leased
from bisectweb.slots import lab_slot
from bisectweb.workflow.deciding import decide_next
from bisectweb.workflow.ending import end
from bisectweb.workflow.probing import test_revision
from runner.errors import Cancelled, InfraError, InputError
from runner.lab import LabFactory

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
PAUSE = timedelta(seconds=15)
"""Before work is tried again that our own machine failed at; doubled with each attempt."""
REWAKE = timedelta(seconds=30)
"""When a row that was woken and is still free is woken once more: its task was lost."""


def advance(bisection_pk: int, make_lab: LabFactory) -> None:
    """Take the next decision of a bisection, and queue the revision to test or end it."""
    bisection = Bisection.objects.select_related("crash__bug__tree").get(pk=bisection_pk)
    if not bisection.is_bayes and bisection.revisions.filter(Revision.claimable()).exists():
        return
    worker = Worker.here()
    if worker.drained or not (token := bisection.claim(Bisection.on_offer(), worker)):
        return

    def work() -> None:
        with holding(bisection, token, Bisection.claimable()) as stop:
            decide_next(bisection, token, make_lab(bisection.plan(), -1, stop))

    _attempt(bisection, token, bisection, work)
    if not bisection.revisions.filter(state__in=Revision.UNFINISHED).exists():
        _wake_waiting()  # what gave way to it


def test(make_lab: LabFactory) -> None:
    """Build the revision that is next and run what runs it lacks, if a slot is free here."""
    with lab_slot() as slot:
        if slot is None or (taken := _take(slot)) is None:
            return
        revision, token = taken

        def work() -> None:
            with holding(revision, token, Revision.claimable()) as stop:
                lab = make_lab(revision.plan(), slot, stop)
                test_revision(revision, token, lab, slot)

        _attempt(revision, token, revision.bisection, work)
    _wake_waiting()


def _take(slot: int) -> tuple[Revision, str] | None:
    """The revision that is next, claimed for a slot; None where there is nothing to take."""
    worker = Worker.here()
    while not worker.drained and (first := order.next_revision(timezone.now())):
        if token := first.claim(Revision.on_offer(), worker, slot):
            rows = Revision.objects.select_related("bisection__crash__bug__tree__upstream")
            return rows.get(pk=first.pk), token
    return None


def _attempt(row: Leased, token: str, bisection: Bisection, work: Callable[[], None]) -> None:
    """Do work on a claimed row; whatever goes wrong, say whose fault it is and lose nothing."""
    if row.attempts > MAX_ATTEMPTS:
        reason = bisection.reason or "the worker died each time"
        end(bisection, Bisection.State.FAILED, f"given up after {MAX_ATTEMPTS} attempts: {reason}")
        return
    try:
        work()
    except InputError as error:
        end(bisection, Bisection.State.FAILED, str(error))
    except (Cancelled, LeaseLost):
        row.give_back(token)
    except InfraError as error:
        _try_again_later(row, token, bisection, str(error))
    except Exception as error:
        # An unknown fault is ours until it is shown to be the commit's.
        logger.exception("%s failed", row)
        _try_again_later(row, token, bisection, f"{type(error).__name__}: {error}")


def _try_again_later(row: Leased, token: str, bisection: Bisection, reason: str) -> None:
    pause = PAUSE * 2 ** (row.attempts - 1)
    with transaction.atomic():
        if row.give_back(token, not_before=timezone.now() + pause):
            Bisection.objects.filter(Bisection.claimable(), pk=bisection.pk).update(
                reason=reason, activity=f"waiting {pause.seconds} s before another attempt"
            )
            text = f"trouble on our side (attempt {row.attempts}): {reason}"
            Event.objects.create(bug=bisection.bug, text=text[:1000])


def sweep() -> None:
    """Wake every row that waits for a worker and is not going to be woken otherwise."""
    now = timezone.now()
    lost = Q(woken=None) | Q(woken__lt=now - REWAKE)
    for pk in order.idle_bisections().filter(Leased.free(now), lost).values_list("pk", flat=True):
        queue.wake_bisection(pk)
    revisions = order.waiting(now).filter(lost)
    for pk in revisions.values_list("pk", flat=True):
        queue.wake_revision(pk)
    outbox.sweep()


def _wake_waiting() -> None:
    """The slot just given back is for the revision that is next."""
    if first := order.next_revision(timezone.now()):
        queue.wake_revision(first.pk)
