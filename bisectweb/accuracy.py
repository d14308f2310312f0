"""How often our culprits were right, by what people said of them, and what finding them took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any, TypeAlias

from django.db.models import Max, QuerySet, Sum

from bisectweb.models import Week

Z = 1.96
"""Of 95 %."""
SHOWN = 52
"""Weeks."""
Row: TypeAlias = dict[str, Any]
"""Sums by the names of `Week.COUNTS`, and what they are of."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of the culprits of one tree or with one confidence."""

    name: str
    confirmed: int = 0
    wrong: int = 0
    unjudged: int = 0

    @property
    def judged(self) -> int:
        return self.confirmed + self.wrong

    @property
    def rate(self) -> float | None:
        """The share that was right; None while nobody has said anything."""
        return share(self.confirmed, self.judged)

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.confirmed, self.judged)


@dataclass(frozen=True, slots=True)
class Toll:
    """What came of the bisections of one tree or one week, and what they took."""

    name: str
    found: int = 0
    inconclusive: int = 0
    failed: int = 0
    minutes: float = 0
    builds: int = 0
    runs: int = 0
    revisions: int = 0
    """Of the searches, that ran at least twice."""
    flaky: int = 0
    """Those of them where some runs crashed and others did not."""

    @property
    def bisections(self) -> int:
        return self.found + self.inconclusive + self.failed

    @property
    def minutes_each(self) -> float | None:
        return share(self.minutes, self.bisections)

    @property
    def builds_each(self) -> float | None:
        return share(self.builds, self.bisections)

    @property
    def flaky_rate(self) -> float | None:
        return share(self.flaky, self.revisions)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all weeks, but for the trend."""

    everything: Accuracy
    trees: Sequence[Accuracy]
    confidences: Sequence[Accuracy]
    toll: Toll
    tolls: Sequence[Toll]
    """By tree."""
    trend: Sequence[Toll]
    """By week, oldest first, with those in which nothing ended; each is named by its Monday."""


def statistics(weeks: QuerySet[Week]) -> Statistics:
    """What some weeks add up to."""
    rows = _sums(weeks, "tree__name", "sure")
    trees = _added(rows, "tree__name")
    sure = {row["sure"]: row for row in _added(rows, "sure") if _found(row)}
    whole = _total(rows)
    return Statistics(
        everything=_accuracy("all", whole),
        trees=[_accuracy(row["tree__name"], row) for row in trees if _found(row)],
        confidences=[_accuracy(one.label, sure[one]) for one in Week.Sure if one in sure],
        toll=_toll("all", whole),
        tolls=[_toll(row["tree__name"], row) for row in trees],
        trend=_trend(weeks),
    )


def _trend(weeks: QuerySet[Week]) -> list[Toll]:
    last: date | None = weeks.aggregate(last=Max("monday"))["last"]
    if last is None:
        return []
    since = last - timedelta(weeks=SHOWN - 1)
    rows = {row["monday"]: row for row in _sums(weeks.filter(monday__gte=since), "monday")}
    count = (last - min(rows)).days // 7 + 1
    mondays = [min(rows) + timedelta(weeks=number) for number in range(count)]
    return [_toll(day.isoformat(), rows.get(day, dict.fromkeys(Week.COUNTS, 0))) for day in mondays]


def _sums(weeks: QuerySet[Week], *by: str) -> list[Row]:
    return list(
        weeks.order_by(*by).values(*by).annotate(**{name: Sum(name) for name in Week.COUNTS})
    )


def _added(rows: Sequence[Row], by: str) -> list[Row]:
    """One for each value of a column, in its order."""
    values = sorted({row[by] for row in rows})
    return [{by: one, **_total([row for row in rows if row[by] == one])} for one in values]


def _total(rows: Sequence[Row]) -> Row:
    return {name: sum(row[name] for row in rows) for name in Week.COUNTS}


def _accuracy(name: str, row: Row) -> Accuracy:
    return Accuracy(name, **{field: row[field] for field in Week.JUDGED})


def _toll(name: str, row: Row) -> Toll:
    rest = {field: row[field] for field in Week.COUNTS if field not in Week.JUDGED}
    return Toll(name, found=_found(row), **rest)


def _found(row: Row) -> int:
    return sum(row[name] for name in Week.JUDGED)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Between which rates the true one lies, with 95 % (Wilson, 1927); 0 to 1 of nothing."""
    if not count:
        return 0.0, 1.0
    part, weight = hits / count, Z * Z / count
    centre = (part + weight / 2) / (1 + weight)
    reach = Z * sqrt(part * (1 - part) / count + weight / (4 * count)) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)
