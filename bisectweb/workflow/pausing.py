"""What is held up for a while: a tree is paused, a worker drained. What runs ends its revision."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bisectweb import order, queue
from bisectweb.models import Bisection, Event, Priority, Tree, Worker
from bisectweb.summaries import summarise


def pause(tree: Tree, by: User, reason: str) -> bool:
    """Begin nothing new of a tree; False when it was paused before."""
    with transaction.atomic():
        paused = Tree.objects.filter(pk=tree.pk, paused=None).update(
            paused=timezone.now(), paused_by=by, pause_reason=reason
        )
        if paused:
            _tell(by, f"paused the tree: {reason}", tree=tree)
    return bool(paused)


def resume(tree: Tree, by: User) -> bool:
    """Go on with a tree, and wake what waits there; False when it was not paused."""
    with transaction.atomic():
        rows = Tree.objects.filter(pk=tree.pk).exclude(paused=None)
        resumed = rows.update(paused=None, paused_by=None, pause_reason="")
        if resumed:
            _tell(by, "resumed the tree", tree=tree)
            _wake(tree)
    return bool(resumed)


def _wake(tree: Tree) -> None:
    now = timezone.now()
    idle = order.idle_bisections().filter(Bisection.free(now), bug__tree=tree)
    for pk in idle.values_list("pk", flat=True):
        queue.wake_bisection(pk)
    waiting = order.waiting(now).filter(bisection__bug__tree=tree)
    for pk in waiting.values_list("pk", flat=True):
        queue.wake_revision(pk)


def drain(worker: Worker, by: User, reason: str) -> bool:
    """Let a worker take nothing more; False when it was drained before."""
    with transaction.atomic():
        drained = Worker.objects.filter(pk=worker.pk, drained=None).update(
            drained=timezone.now(), drained_by=by, drain_reason=reason
        )
        if drained:
            _tell(by, f"drained the worker: {reason}", worker=worker)
    return bool(drained)


def undrain(worker: Worker, by: User) -> bool:
    """Let a worker take work again; False when it was not drained."""
    with transaction.atomic():
        rows = Worker.objects.filter(pk=worker.pk).exclude(drained=None)
        lifted = rows.update(drained=None, drained_by=None, drain_reason="")
        if lifted:
            _tell(by, "let the worker take work again", worker=worker)
            _wake_the_next()
    return bool(lifted)


def _wake_the_next() -> None:
    """One is enough: each wakes the next, and the sweep finds the rest."""
    if revision := order.next_revision(timezone.now()):
        queue.wake_revision(revision.pk)


def set_priority(bisection: Bisection, priority: Priority, by: User | None) -> bool:
    """Let a bisection go before others, or after them; False when it does already, or is over."""
    with transaction.atomic():
        rows = Bisection.objects.filter(Bisection.claimable(), pk=bisection.pk)
        changed = rows.exclude(priority=priority).update(priority=priority)
        if changed:
            text = f"gave bisection {bisection.pk} {priority.label} priority"
            _tell(by, text, bug=bisection.bug)
            summarise(bisection.bug_id)
            _wake_the_next()
    return bool(changed)


def _tell(by: User | None, text: str, **subject: object) -> None:
    Event.objects.create(actor=by, text=text[:1000], **subject)
