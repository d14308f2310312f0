"""The scores of bisections that have ended: computed from their logs, kept as rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Score
from runner.log import Log, parse
from runner.score import score

SAID = ("probability", "verdict", "doubtful", "reason")


def scored(bisection: Bisection, log: Log) -> Score:
    """The row, not saved yet."""
    found = score(log)
    return Score(
        bisection=bisection,
        probability=found.probability,
        verdict=found.verdict,
        doubtful=found.doubtful or "",
        reason=found.reason,
    )


def score_anew(bisection_pk: int) -> Score:
    """Score a bisection by its log as it stands in its rows."""
    bisection = Bisection.objects.get(pk=bisection_pk)
    row = scored(bisection, parse(bisection_log(bisection)))
    values = dict(zip(SAID, said(row), strict=True))
    return Score.objects.update_or_create(bisection=bisection, defaults=values)[0]


def ended() -> QuerySet[Bisection]:
    """What has a score: a bisection that somebody cancelled has said nothing."""
    return Bisection.objects.exclude(state__in=(*Bisection.ACTIVE, Bisection.State.CANCELLED))


def score_all() -> Iterator[tuple[int, bool]]:
    """Score all of them anew, as after a change of the model: each pk, and whether it changed."""
    known = {row.bisection_id: row for row in Score.objects.all()}
    for pk in ended().order_by("pk").values_list("pk", flat=True):
        before, after = known.get(pk), score_anew(pk)
        yield pk, before is None or said(before) != said(after)


def said(row: Score) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in SAID)
