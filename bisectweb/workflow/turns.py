"""The end of a decision's turn: the lease is given back, and no news got lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from bisectweb import queue
from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Revision


def end_turn(bisection: Bisection, token: str, seen: Iterable[Revision], **changes: object) -> None:
    """Give the bisection back with `changes`, part of a larger transaction or not.

    Revisions that were unfinished when they were `seen` and have ended since woke nobody, as we
    held the lease: then we wake ourselves.
    """
    unfinished = [revision.pk for revision in seen if not revision.is_done]
    with transaction.atomic():
        if not bisection.give_back(token, **changes):
            raise LeaseLost
        if Revision.objects.filter(pk__in=unfinished, state=Revision.State.DONE).exists():
            queue.wake_bisection(bisection.pk)
