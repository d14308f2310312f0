"""What the rules of today say of each step of a bisection that has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Bisection, Revision
from bisectweb.views.access import visible_or_404
from bisectweb.views.bisections import bisections
from bisectweb.workflow.weighing import evidence
from runner.search import Weight, recorded


@dataclass(frozen=True, slots=True)
class Opinion:
    """One revision, by the search's verdict and by the rules of today."""

    revision: Revision
    weight: Weight

    @property
    def today(self) -> str:
        """Today's verdict; empty where the runs do not say enough."""
        return self.weight.verdict or ""

    @property
    def differs(self) -> bool:
        return self.today != self.revision.verdict

    @property
    def turns(self) -> bool:
        """Whether the search would have gone the other way from here."""
        return {self.today, self.revision.verdict} == {"good", "bad"}


def opinions(bisection: Bisection) -> Sequence[Opinion]:
    """Of each revision that the search tested, in its order."""
    tested = [one for one in bisection.revisions.all() if one.is_evidence and one.built is not None]
    start = bisection.good if bisection.is_fix else bisection.bad
    weights = {one.sha: one for one in recorded(evidence(tested), start, fix=bisection.is_fix)}
    return [Opinion(revision, weights[revision.sha]) for revision in tested]


@require_safe
def bisection_today(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = visible_or_404(request, bisections(), pk=pk)
    found = opinions(bisection)
    different = [one for one in found if one.differs]
    context = {
        "bisection": bisection,
        "opinions": found,
        "different": different,
        "first": next(iter(different), None),
    }
    return render(request, "bisections/today.html", context)
