"""The situations of bugs: what their sentence is made of, as the rows have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bisectweb.access import Person, sees
from bisectweb.models import Bisection, Bug, Culprit, Message, Revision, Standing
from bisectweb.remaining import remaining
from bisectweb.situation import Found, Search, Situation


class Length(Func):
    """Of a list in JSON."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, **context | {"function": "JSONB_ARRAY_LENGTH"})


def outlined(bisections: QuerySet[Bisection]) -> QuerySet[Bisection]:
    """Bisections with what `situation` wants to know of them beyond their own row."""
    of_it = {"bisection": OuterRef("pk")}
    known = Revision.objects.filter(Q(**of_it), role=Revision.Role.SEARCH, built__isnull=False)
    counted = known.order_by().values("bisection").annotate(count=Count("pk")).values("count")
    looks = Standing.objects.filter(**of_it).order_by("-number")
    return bisections.annotate(
        tested=Coalesce(Subquery(counted), 0),
        expected=Subquery(looks.values("minutes_left")[:1]),
        looked=Subquery(looks.values("at")[:1]),
        suspected=Length(F("suspects")),
        mail_state=Subquery(Message.objects.filter(**of_it).values("state")[:1]),
    )


def situation(bug: Bug, reader: Person) -> Situation:
    """Of a bug whose bisections are prefetched, the newest first, as `outlined` gives them."""
    same, searches = bug.duplicate_of, list(bug.bisections.all())
    return Situation(
        state=bug.state,
        fix=bug.fix,
        duplicate_of=same.title if same and sees(reader, same) else "",
        has_crash=bug.crash_count > 0,
        has_reproducer=bug.has_reproducer,
        is_paused=bug.tree.paused is not None,
        latest=_search(searches[0]) if searches else None,
        known=_known(searches),
    )


def _known(searches: Sequence[Bisection]) -> Sequence[Found]:
    found: dict[str, Found] = {}
    for one in searches:
        named = _found(one)
        if named and not one.invalidated and named.verdict != Culprit.Verdict.WRONG:
            found.setdefault(named.kind, named)
    return [*found.values()]


def _search(row: Bisection) -> Search:
    outline = vars(row)  # what `outlined` adds
    return Search(
        kind=row.kind,
        state=row.state,
        imported=row.imported,
        is_verifying=bool(row.verifying),
        tested=outline["tested"],
        left=remaining(outline["expected"], outline["looked"]) if row.is_active else "",
        reason=row.reason,
        suspects=outline["suspected"] or 0,
        is_invalid=row.invalidated is not None,
        invalid_reason=row.invalid_reason,
        mail=outline["mail_state"] or "",
        found=_found(row),
    )


def _found(row: Bisection) -> Found | None:
    culprit: Culprit | None = getattr(row, "culprit", None)
    if culprit is None:
        return None
    return Found(
        kind=row.kind,
        sha=culprit.sha,
        subject=culprit.subject,
        confidence=culprit.confidence,
        is_verified=culprit.is_verified,
        flags=culprit.flags,
        verdict=culprit.verdict,
        verdict_by=culprit.verdict_by,
        real=culprit.real,
    )
