"""Counts a tree's bisections by week, in the transaction that ends, imports or judges one of them.

A week is counted anew from its rows, so that nothing can be counted twice and nothing drifts. Only
what was imported is added to what is there: thousands come in one week, and each of them once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncWeek

from bisectweb.models import Bisection, Culprit, Revision, Run, Tree, Week

WEEK = timedelta(days=7)
BOUNDS = (
    (0.99, Week.Sure.CERTAIN),
    (0.9, Week.Sure.LIKELY),
    (Culprit.MIN_CONFIDENCE, Week.Sure.FAIR),
    (0.0, Week.Sure.DOUBTFUL),
)
WHEN = {False: "ended", True: "created"}
"""What tells the week, of a bisection that was done here and of an imported one: a log of another
service seldom has a date.
"""
JUDGED = {
    Culprit.Verdict.CONFIRMED: "confirmed",
    Culprit.Verdict.WRONG: "wrong",
    Culprit.Verdict.NONE: "unjudged",
}


def sure(probability: float | None) -> Week.Sure:
    """Of a culprit."""
    if probability is None:
        return Week.Sure.UNKNOWN
    return next((name for bound, name in BOUNDS if probability >= bound), Week.Sure.UNKNOWN)


def count(bisection_pk: int) -> None:
    """Count anew the week of a bisection; nothing where it does not count."""
    for imported, when in WHEN.items():
        found = counted(imported).filter(pk=bisection_pk)
        for tree, moment in found.values_list("bug__tree", when):
            count_week(tree, monday(moment), imported)


def add(bisection_pk: int) -> None:
    """Count an imported bisection that no week has counted yet."""
    found = counted(True).filter(pk=bisection_pk)
    for tree, moment in found.values_list("bug__tree", WHEN[True]):
        with transaction.atomic():
            _lock(tree)
            for row in _rows(found, tree, monday(moment), True):
                _join(row)


def _join(row: Week) -> None:
    there = Week.objects.filter(
        tree=row.tree_id, monday=row.monday, imported=row.imported, sure=row.sure
    )
    if not there.update(**{name: F(name) + getattr(row, name) for name in Week.COUNTS}):
        row.save()


def monday(moment: datetime) -> date:
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def counted(imported: bool) -> QuerySet[Bisection]:
    over = (Bisection.State.FOUND, Bisection.State.INCONCLUSIVE, Bisection.State.FAILED)
    dated = {f"{WHEN[imported]}__isnull": False}
    return Bisection.objects.filter(imported=imported, state__in=over, **dated)


def count_all() -> Iterator[date]:
    """Count all weeks anew: each one's Monday."""
    Week.objects.all().delete()
    for imported, when in WHEN.items():
        week = TruncWeek(when, tzinfo=UTC)
        pairs = counted(imported).annotate(week=week).values_list("bug__tree", "week")
        for tree, moment in pairs.order_by("week", "bug__tree").distinct():
            count_week(tree, moment.date(), imported)
            yield moment.date()


def count_week(tree_pk: int, first: date, imported: bool = False) -> None:
    """Of what was done here, or of what was imported. The tree is locked, so that of two bisections
    that end at once the later counts both.
    """
    start = datetime.combine(first, time(), UTC)
    when = WHEN[imported]
    during = {f"{when}__gte": start, f"{when}__lt": start + WEEK}
    found = counted(imported).filter(bug__tree=tree_pk, **during)
    with transaction.atomic():
        _lock(tree_pk)
        rows = _rows(found, tree_pk, first, imported)
        Week.objects.filter(tree=tree_pk, monday=first, imported=imported).delete()
        Week.objects.bulk_create(rows)


def _lock(tree_pk: int) -> None:
    Tree.objects.select_for_update(no_key=True).only("pk").get(pk=tree_pk)


def _rows(found: QuerySet[Bisection], tree: int, first: date, imported: bool) -> list[Week]:
    weeks = {
        name: Week(tree_id=tree, monday=first, imported=imported, sure=name) for name in Week.Sure
    }
    of = dict[int, Week]()
    probability = "score__probability" if imported else "culprit__confidence"
    facts = ("pk", "state", "culprit__pk", probability, "culprit__verdict")
    for pk, state, culprit, probable, verdict in found.values_list(*facts):
        week = of[pk] = weeks[sure(probable) if culprit else Week.Sure.NOBODY]
        _add(week, JUDGED[verdict] if culprit else state, 1)
    for pk, minutes in _lasted(found, imported):
        of[pk].minutes += minutes
    for pk, numbers in _tested(found):
        for name, value in numbers.items():
            _add(of[pk], name, value)
    used = {week.sure for week in of.values()}
    return [week for name, week in weeks.items() if name in used]


def _lasted(found: QuerySet[Bisection], imported: bool) -> Iterator[tuple[int, float]]:
    """How many minutes each took; of an imported one, as its log says."""
    if imported:
        for pk, seconds in found.values_list("pk", "imported_log__total_seconds"):
            yield pk, (seconds or 0) / 60
    else:
        for pk, began, end in found.values_list("pk", "started", "ended"):
            yield pk, (end - began).total_seconds() / 60 if began and end else 0


def _add(week: Week, name: str, value: int) -> None:
    setattr(week, name, getattr(week, name) + value)


def _tested(found: QuerySet[Bisection]) -> Iterator[tuple[int, dict[str, int]]]:
    """What each bisection took."""
    outcome = Run.Outcome
    revisions = Revision.objects.filter(bisection__in=found.values("pk")).order_by()
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
