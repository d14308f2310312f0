"""What workers do: take a decision, test a revision, wake what waits."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from bisectweb import order, queue
from bisectweb.holding import holding
from bisectweb.models import Bisection, PatchTest, Revision, Worker
from bisectweb.models.lease import Leased
from bisectweb.outbound import outbox
from bisectweb.slots import lab_slot
from bisectweb.workflow.attempts import Fate, attempt
from bisectweb.workflow.deciding import decide_next
from bisectweb.workflow.ending import end
from bisectweb.workflow.patching import fate_of, test_patch
from bisectweb.workflow.probing import test_revision
from runner.lab import LabFactory

REWAKE = timedelta(seconds=30)
"""When a row that was woken and is still free is woken once more: its task was lost."""


def advance(bisection_pk: int, make_lab: LabFactory) -> None:
    """Take the next decision of a bisection, and queue the revision to test or end it."""
    bisection = Bisection.objects.get(pk=bisection_pk)
    if not bisection.is_bayes and bisection.revisions.filter(Revision.claimable()).exists():
        return
    worker = Worker.here()
    if worker.drained or not (token := bisection.claim(Bisection.on_offer(), worker)):
        return

    def work() -> None:
        with holding(bisection, token, Bisection.claimable()) as stop:
            decide_next(bisection, token, make_lab(bisection.plan(), -1, stop))

    attempt(bisection, token, _fate(bisection), work)
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

        attempt(revision, token, _fate(revision.bisection), work)
    _wake_waiting()


def _take(slot: int) -> tuple[Revision, str] | None:
    """The revision that is next, claimed for a slot; None where there is nothing to take."""
    worker = Worker.here()
    while not worker.drained and (first := order.next_revision(timezone.now())):
        if token := first.claim(Revision.on_offer(), worker, slot):
            return first, token
    return None


def _fate(bisection: Bisection) -> Fate:
    def fail(reason: str) -> None:
        end(bisection, Bisection.State.FAILED, reason)

    def wait(reason: str, activity: str) -> None:
        rows = Bisection.objects.filter(Bisection.claimable(), pk=bisection.pk)
        rows.update(reason=reason, activity=activity)

    return Fate(bisection.bug, bisection.reason, fail, fail, wait)


def try_patch(patch_test_pk: int, make_lab: LabFactory) -> None:
    """Do a patch test, if a slot of this machine is free."""
    worker = Worker.here()
    with lab_slot() as slot:
        if slot is None or worker.drained:
            return
        row = PatchTest.objects.get(pk=patch_test_pk)
        token = row.claim(PatchTest.on_offer(), worker, slot)
        if token:

            def work() -> None:
                with holding(row, token, PatchTest.claimable()) as stop:
                    test_patch(row, token, make_lab(row.plan(), slot, stop), slot)

            attempt(row, token, fate_of(row, token), work)
    _wake_waiting()


def sweep() -> None:
    """Wake every row that waits for a worker and is not going to be woken otherwise."""
    now = timezone.now()
    lost = Q(woken=None) | Q(woken__lt=now - REWAKE)
    for pk in order.idle_bisections().filter(Leased.free(now), lost).values_list("pk", flat=True):
        queue.wake_bisection(pk)
    revisions = order.waiting(now).filter(lost)
    for pk in revisions.values_list("pk", flat=True):
        queue.wake_revision(pk)
    tests = PatchTest.objects.filter(PatchTest.on_offer(), Leased.free(now), lost)
    for pk in tests.values_list("pk", flat=True):
        queue.wake_patch_test(pk)
    outbox.sweep()


def _wake_waiting() -> None:
    """The slot just given back is for what is next. People wait for patch tests, and each of them
    may ask for few.
    """
    now = timezone.now()
    asked = PatchTest.objects.filter(PatchTest.on_offer(), Leased.free(now)).order_by("pk").first()
    if asked:
        queue.wake_patch_test(asked.pk)
    elif first := order.next_revision(now):
        queue.wake_revision(first.pk)
