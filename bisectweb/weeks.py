"""Counts a tree's bisections by week, in the transaction that ends or judges one of them.

A week is counted anew from its rows, so that nothing can be counted twice and nothing drifts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from bisectweb.models import Bisection, Culprit, Revision, Run, Tree, Week

WEEK = timedelta(days=7)
BOUNDS = (
    (0.99, Week.Sure.CERTAIN),
    (0.9, Week.Sure.LIKELY),
    (Culprit.MIN_CONFIDENCE, Week.Sure.FAIR),
    (0.0, Week.Sure.DOUBTFUL),
)
JUDGED = {
    Culprit.Verdict.CONFIRMED: "confirmed",
    Culprit.Verdict.WRONG: "wrong",
    Culprit.Verdict.NONE: "unjudged",
}


def sure(confidence: float | None) -> Week.Sure:
    """Of a culprit."""
    if confidence is None:
        return Week.Sure.UNKNOWN
    return next((name for bound, name in BOUNDS if confidence >= bound), Week.Sure.UNKNOWN)


def count(bisection_pk: int) -> None:
    """Count anew the week in which a bisection ended; nothing where it does not count."""
    told = counted().filter(pk=bisection_pk).values_list("bug__tree", "ended").first()
    if told:
        tree, ended = told
        assert ended is not None  # by `counted`
        count_week(tree, monday(ended))


def monday(moment: datetime) -> date:
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def counted() -> QuerySet[Bisection]:
    over = (Bisection.State.FOUND, Bisection.State.INCONCLUSIVE, Bisection.State.FAILED)
    return Bisection.objects.filter(imported=False, state__in=over, ended__isnull=False)


def count_all() -> Iterator[date]:
    """Count all weeks anew: each one's Monday."""
    pairs = counted().annotate(week=TruncWeek("ended", tzinfo=UTC)).values_list("bug__tree", "week")
    Week.objects.all().delete()
    for tree, week in pairs.order_by("week", "bug__tree").distinct():
        count_week(tree, week.date())
        yield week.date()


def count_week(tree_pk: int, first: date) -> None:
    """The tree is locked, so that of two bisections that end at once the later counts both."""
    start = datetime.combine(first, time(), UTC)
    ended = counted().filter(bug__tree=tree_pk, ended__gte=start, ended__lt=start + WEEK)
    with transaction.atomic():
        Tree.objects.select_for_update(no_key=True).only("pk").get(pk=tree_pk)
        rows = _rows(ended, tree_pk, first)
        Week.objects.filter(tree=tree_pk, monday=first).delete()
        Week.objects.bulk_create(rows)


def _rows(ended: QuerySet[Bisection], tree_pk: int, first: date) -> list[Week]:
    weeks = {name: Week(tree_id=tree_pk, monday=first, sure=name) for name in Week.Sure}
    of = dict[int, Week]()
    facts = ("pk", "state", "started", "ended", "culprit__pk", "culprit__confidence")
    for pk, state, began, end, culprit, confidence, verdict in ended.values_list(
        *facts, "culprit__verdict"
    ):
        week = of[pk] = weeks[sure(confidence) if culprit else Week.Sure.NOBODY]
        _add(week, JUDGED[verdict] if culprit else state, 1)
        week.minutes += (end - began).total_seconds() / 60 if began and end else 0
    for pk, numbers in _tested(ended):
        for name, value in numbers.items():
            _add(of[pk], name, value)
    used = {week.sure for week in of.values()}
    return [week for name, week in weeks.items() if name in used]


def _add(week: Week, name: str, value: int) -> None:
    setattr(week, name, getattr(week, name) + value)


def _tested(ended: QuerySet[Bisection]) -> Iterator[tuple[int, dict[str, int]]]:
    """What each bisection took."""
    outcome = Run.Outcome
    revisions = Revision.objects.filter(bisection__in=ended.values("pk")).order_by()
    own = Q(runs__taken_from=None)  # what was taken over is counted where it was run
    told = revisions.values_list("pk", "bisection", "role", "built", "build_cached").annotate(
        all=Count("runs", filter=own),
        bad=Count("runs", filter=own & Q(runs__outcome=outcome.CRASH)),
        good=Count("runs", filter=own & Q(runs__outcome=outcome.OK)),
    )
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _, bisection, role, built, cached, runs, bad, good in told:
        is_known = role == Revision.Role.SEARCH and runs > 1
        numbers = sums[bisection]
        numbers["builds"] += built is not None and not cached
        numbers["runs"] += runs
        numbers["revisions"] += is_known
        numbers["flaky"] += is_known and bad > 0 and good > 0
    yield from sums.items()
