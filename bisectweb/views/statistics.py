"""The page of statistics: how often our culprits were right, and what finding them took."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb import accuracy
from bisectweb.access import visible
from bisectweb.accuracy import Statistics
from bisectweb.charts import Chart, intervals, line, stacked, whole_percent
from bisectweb.models import Tree, Week
from bisectweb.views.access import visible_or_404


def by_confidence(told: Statistics, imported: bool) -> Chart:
    judged = [(one.name, one.interval[0], one.rate, one.interval[1]) for one in told.confidences]
    rows = [(name, low, rate, high) for name, low, rate, high in judged if rate is not None]
    by = "score" if imported else "confidence"
    return intervals(f"Confirmed, of the judged commits, by {by}", rows)


def by_week(told: Statistics) -> Sequence[Chart]:
    """Of the weeks in their order."""
    ended = [
        (one.name, {"found": one.found, "inconclusive": one.inconclusive, "failed": one.failed})
        for one in told.trend
    ]
    minutes = [(one.name, one.minutes_each) for one in told.trend]
    builds = [(one.name, one.builds_each) for one in told.trend]
    flaky = [(one.name, one.flaky_rate) for one in told.trend]
    return [
        stacked("Bisections that ended", ended),
        line("Minutes per bisection", minutes, lambda value: f"{value:.0f}"),
        line("Kernels built per bisection", builds, lambda value: f"{value:.3g}"),
        line("Flaky revisions", flaky, whole_percent),
    ]


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    trees, name = Tree.objects.all(), request.GET.get("tree", "").replace("\0", "")
    imported = request.GET.get("imported") == "1"
    weeks = visible(Week.objects.filter(imported=imported), request.user)
    if name:
        weeks = weeks.filter(tree=visible_or_404(request, trees, name=name))
    told = accuracy.statistics(weeks)
    context = {
        "statistics": told,
        "weeks": told.trend[::-1],
        "trees": visible(trees, request.user).order_by("name").values_list("name", flat=True),
        "tree": name,
        "imported": imported,
        "confidence": by_confidence(told, imported),
        "charts": by_week(told),
    }
    return render(request, "statistics/page.html", context)
