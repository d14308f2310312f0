"""Calls for second looks: by the rules of today, and at two bisections side by side."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Schema

from bisectweb.api.errors import replies
from bisectweb.api.paging import Id
from bisectweb.facts.opinions import BothFacts, ComparedFacts, ComparisonFacts, OpinionFacts
from bisectweb.models import Bug
from bisectweb.views.access import visible_or_404
from bisectweb.views.bisections import bisections
from bisectweb.views.compare import Comparison, compared
from bisectweb.views.today import opinions

router = Router(tags=["bisections"])


class Pair(Schema):
    """Which two bisections; without them the two newest."""

    one: Id | None = None
    other: Id | None = None


@router.get("/bisections/{pk}/today", response=replies(list[OpinionFacts]))
def bisection_today(request: HttpRequest, pk: Id) -> list[OpinionFacts]:
    """What the rules of today say of each revision that the search tested."""
    bisection = visible_or_404(request, bisections(), pk=pk)
    return [
        OpinionFacts(
            revision=one.revision.pk,
            sha=one.revision.sha,
            verdict=one.revision.verdict,
            today=one.today,
            odds=one.weight.odds,
            turns=one.turns,
        )
        for one in opinions(bisection)
    ]


@router.get("/bugs/{pk}/compare", response=replies(ComparisonFacts | None))
def compare_bisections(request: HttpRequest, pk: Id, asked: Query[Pair]) -> ComparisonFacts | None:
    """What was asked, what was seen, and where they parted; null of a bug with less than two."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    found = compared(bug, [str(asked.one), str(asked.other)]).comparison
    return comparison_facts(found) if found else None


def comparison_facts(found: Comparison) -> ComparisonFacts:
    (_, only_one), (_, only_other) = found.lone
    fork = found.fork
    return ComparisonFacts(
        one=found.one.pk,
        other=found.other.pk,
        facts=[ComparedFacts(fact.name, fact.one, fact.other) for fact in found.facts],
        both=[
            BothFacts(
                pair.one.sha, pair.one.pk, pair.other.pk, pair.is_contrary, pair.is_other_kernel
            )
            for pair in found.both
        ],
        only_one=[row.pk for row in only_one],
        only_other=[row.pk for row in only_other],
        fork=(fork[0].pk, fork[1].pk) if fork else None,
    )
