"""What failed or was cancelled goes on where it was: its evidence is all the state it has."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from bisectweb import queue
from bisectweb.models import Bisection, Event, Message, Score, Tree
from bisectweb.outbound import outbox
from bisectweb.summaries import summarise
from bisectweb.weeks import count_week, monday
from bisectweb.workflow import minimising

State = Bisection.State
WORDS = {State.FAILED: "failed", State.CANCELLED: "was cancelled"}
GOES_ON = "the bisection goes on"


def requeue(bisection: Bisection, by: User) -> bool:
    """Go on with a bisection; False when it neither failed nor was cancelled."""
    with transaction.atomic():
        bisection.refresh_from_db(from_queryset=Bisection.objects.select_for_update(no_key=True))
        rows = Bisection.objects.filter(pk=bisection.pk, state__in=WORDS, imported=False)
        queued = rows.update(
            state=State.RUNNING if bisection.bad else State.QUEUED,
            reason="",
            ended=None,
            log_tail="",
            attempts=0,
            not_before=None,
            lease="",
            lease_until=None,
        )
        if queued:
            _undo_the_end(bisection, by)
            words = WORDS[State(bisection.state)]
            text = f"let bisection {bisection.pk} go on after it {words}"
            Event.objects.create(bug=bisection.bug, actor=by, text=text)
            queue.wake_bisection(bisection.pk)
            summarise(bisection.bug_id)
            if bisection.ended:
                count_week(bisection.bug.tree_id, monday(bisection.ended))
    return bool(queued)


def _undo_the_end(bisection: Bisection, by: User) -> None:
    Score.objects.filter(bisection=bisection).delete()
    for message in bisection.mails.filter(state__in=Message.HELD):
        outbox.cancel(message, by, GOES_ON)
    bisection.mails.update(bisection=None)  # the next end has a mail of its own
    bisection.revisions.update(attempts=0, not_before=None)
    minimising.ask_again(bisection)


def requeue_all(tree: Tree, pks: Collection[int], by: User) -> int:
    """Go on with those of a tree that failed and were seen in a list; how many there were.

    Each for itself: nobody holds a tree or a bug while they wait for another bisection.
    """
    failed = Bisection.objects.filter(bug__tree=tree, pk__in=pks, state=State.FAILED)
    return sum(requeue(bisection, by) for bisection in failed.order_by("pk"))
