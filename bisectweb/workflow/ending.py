"""The end of a bisection without a result."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bisectweb.logs import cost
from bisectweb.models import Bisection, Event, Revision
from bisectweb.scores import score_anew
from bisectweb.summaries import summarise
from bisectweb.weeks import count
from runner.log import ours, render_entries


def end(bisection: Bisection, state: str, reason: str, by: User | None = None) -> bool:
    """End an active bisection without a result."""
    with transaction.atomic():
        bisection.refresh_from_db(from_queryset=Bisection.objects.select_for_update(no_key=True))
        ended = Bisection.objects.filter(Bisection.claimable(), pk=bisection.pk).update(
            state=state,
            reason=reason,
            activity="",
            progress="",
            verifying="",
            ended=timezone.now(),
            lease="",
            lease_until=None,
            log_tail=render_entries(ours.error(reason, cost(bisection))),
        )
        if ended:
            drop_unfinished(bisection)
            text = f"bisection {bisection.pk} {state}: {reason}"
            Event.objects.create(bug=bisection.bug, actor=by, text=text[:1000])
            if state != Bisection.State.CANCELLED:
                score_anew(bisection.pk)
            summarise(bisection.bug_id)
            count(bisection.pk)
    return bool(ended)


def drop_unfinished(bisection: Bisection, keep: Iterable[Revision] = ()) -> None:
    """Take the revisions that are not needed any more out of everybody's hands.

    Runs that were written down stay. Whoever works on one learns it from the next renewal of the
    lease, which stops the build or the machines.
    """
    needed = [revision.pk for revision in keep]
    unfinished = bisection.revisions.exclude(state=Revision.State.DONE)
    for revision in unfinished.exclude(pk__in=needed):
        revision.rows().update(
            state=Revision.State.DONE,
            runs_wanted=revision.runs.count(),
            ended=timezone.now(),
            lease="",
            lease_until=None,
        )
