"""In which order waiting work is taken: the higher priority first, within one the oldest bisection.

A wake-up says only that there is something to do. Which revision a free slot takes is asked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bisectweb.models import Bisection, Revision, Tree

ORDER = ("-priority", "pk")
"""Of bisections."""
LARGE = ("log_head", "log_found", "log_tail", "config", "base_config", "minimised", "prior")
"""Of a bisection: what lists leave out."""
COUNTED = 1000
"""Places that are told; beyond them nobody counts."""


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


@dataclass(frozen=True, slots=True)
class Queued:
    """An active bisection as its tree's page shows it."""

    bisection: Bisection
    place: int | None
    """Of all that may be worked on, the first is 1; None where it is not counted."""
    in_hand: bool
    why: str
    """What is done about it now, or why nothing is."""


def queued(tree: Tree, most: int) -> list[Queued]:
    """The active bisections of a tree in the order in which they are worked on."""
    active = Bisection.objects.filter(Bisection.claimable())
    rows = active.filter(bug__tree=tree).select_related("bug").defer(*LARGE).order_by(*ORDER)
    found = list(rows[:most])
    now = timezone.now()
    held = Q(bisection__in=found, lease_until__gt=now, state__in=Revision.UNFINISHED)
    busy = set(Revision.objects.filter(held).values_list("bisection", flat=True))
    others = active.filter(Bisection.on_offer()).order_by(*ORDER).values_list("pk", flat=True)
    places = {pk: place for place, pk in enumerate(others[:COUNTED], 1)}
    return [_queued(one, places.get(one.pk), one.pk in busy, tree) for one in found]


def place_of(bisection: Bisection) -> int | None:
    """Of one that has not begun, as in `Queued`; None where that does not matter, or too many
    are before it.
    """
    if bisection.state != Bisection.State.QUEUED:
        return None
    offered = Bisection.objects.filter(Bisection.on_offer())
    sooner = Q(priority__gt=bisection.priority) | Q(
        priority=bisection.priority, pk__lt=bisection.pk
    )
    before = offered.filter(sooner).values("pk")[:COUNTED].count()
    return before + 1 if before < COUNTED and offered.filter(pk=bisection.pk).exists() else None


def _queued(bisection: Bisection, place: int | None, in_hand: bool, tree: Tree) -> Queued:
    if in_hand or bisection.lease:
        why = bisection.activity or "the next step is being decided"
    elif tree.paused:
        why = "the tree is paused"
    elif bisection.reason:
        why = ": ".join(filter(None, (bisection.activity, bisection.reason)))
    elif place == 1:
        why = "the next free slot is its own"
    else:
        why = "waits for a slot"
    return Queued(bisection, place, in_hand, why)
