"""In which order waiting work is taken: the higher priority first, within one the oldest bisection.

A wake-up says only that there is something to do. Which revision a free slot takes is asked here.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from bisectweb.models import Bisection, Revision


def waiting(now: datetime) -> QuerySet[Revision]:
    """The revisions that a slot may take now, the next one first."""
    found = Revision.objects.filter(Revision.on_offer(), Revision.free(now))
    return found.order_by("-bisection__priority", "bisection_id", "order")


def next_revision(now: datetime) -> Revision | None:
    """What the next free slot takes; None where nothing waits, or what waits gives way.

    It gives way to a bisection of higher priority that is about to say what it wants tested: that
    takes seconds, and a build that is begun meanwhile takes many minutes.
    """
    first = waiting(now).select_related("bisection").first()
    if first is None or _deciding(now).filter(priority__gt=first.bisection.priority).exists():
        return None
    return first


def idle_bisections() -> QuerySet[Bisection]:
    """Those on offer that nothing else will wake: without a revision in hand, or with a decision
    that was begun and not finished.
    """
    in_hand = Revision.objects.filter(state__in=Revision.UNFINISHED).values("bisection")
    begun = ~Q(lease="") | ~Q(not_before=None)
    return Bisection.objects.filter(Bisection.on_offer()).filter(begun | ~Q(pk__in=in_hand))


def _deciding(now: datetime) -> QuerySet[Bisection]:
    """The bisections whose next decision is being taken, or is to be taken at once."""
    unfinished = Revision.objects.filter(bisection=OuterRef("pk"), state__in=Revision.UNFINISHED)
    found = Bisection.objects.filter(Bisection.on_offer(), ~Exists(unfinished))
    return found.filter(Q(not_before=None) | Q(not_before__lte=now))
