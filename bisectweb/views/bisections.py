"""The pages of bisections: the evidence, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bisectweb.builds import builds
from bisectweb.forms import StartForm
from bisectweb.logs import bisection_log, log_end, without_report
from bisectweb.models import Bisection, Heartbeat, Priority, Revision, Run
from bisectweb.order import place_of
from bisectweb.reports import best_report
from bisectweb.views.access import visible_or_404
from bisectweb.views.files import plain_text
from bisectweb.views.live import MARKED, left, marker
from bisectweb.views.steps import Step, chart_of, moves, steps_of

# Suspects on the page; all of an inconclusive search.
LEADING = 6
# Lines of the log on the page; the rest is one link away.
LOG_LINES = 25
GROUPS = (
    ("search", "Tested in the search", [Revision.Role.SEARCH]),
    ("verification", "Tested to verify the culprit", [Revision.Role.PARENT, Revision.Role.REVERT]),
    ("config", "Tested for the kernel config", [Revision.Role.CONFIG]),
)
"""What the page calls the revisions of each role."""
# A runner shows a sign of life every few seconds.
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Group:
    """Revisions that were tested for the same."""

    key: str
    title: str
    revisions: Sequence[tuple[Revision, Mapping[str, Sequence[tuple[int, str]]]]]
    """Each with the steps that heard of it, and how far they moved the odds, by side."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a bisection has taken so far; times in seconds."""

    revisions: int
    runs: int
    build: float | None
    test: float | None
    """None where nobody knows."""
    wall: float | None
    """From start to end; None before the end."""


def bisections(runs: QuerySet[Run] | None = None) -> QuerySet[Bisection]:
    """Bisections with everything their page shows, in a fixed number of queries."""
    prefetched = Prefetch("runs", Run.objects.all() if runs is None else runs)
    revisions = Revision.objects.select_related("kernel").prefetch_related(prefetched)
    revisions = revisions.defer("config", "completed_config")  # a megabyte each, perhaps
    rows = (
        "bug__tree__upstream",
        "crash",
        "culprit",
        "created_by",
        "invalidated_by",
        "score",
        "imported_log",
    )
    found = Bisection.objects.select_related(*rows).defer("base_config")
    return found.prefetch_related(Prefetch("revisions", revisions), "mails")


def dots() -> QuerySet[Run]:
    """Runs with no more than a dot shows: there may be thousands, with reports of 100 KB."""
    return Run.objects.only("revision_id", "index", "outcome", "words", "title", "similarity")


def groups(bisection: Bisection, steps: Sequence[Step]) -> Sequence[Group]:
    """The revisions by what they were tested for; those of the search come first, if any."""
    revisions, moved = bisection.revisions.all(), moves(steps)
    tested = [
        Group(
            key,
            title,
            [
                (row, moved.get(row.sha, {}) if row.is_evidence else {})
                for row in revisions
                if row.role in roles
            ],
        )
        for key, title, roles in GROUPS
    ]
    return [group for group in tested if group.revisions]


def any_test_of_a_config(bisection: Bisection) -> bool:
    return any(revision.role == Revision.Role.CONFIG for revision in bisection.revisions.all())


def totals(bisection: Bisection) -> Totals:
    revisions = bisection.revisions.all()
    started, ended = bisection.started, bisection.ended
    tested = sum(revision.is_done and not revision.is_dropped for revision in revisions)
    runs = sum(len(revision.runs.all()) for revision in revisions)
    if bisection.imported:
        told = bisection.imported_log
        return Totals(tested, runs, told.build_seconds, told.test_seconds, told.total_seconds)
    return Totals(
        revisions=tested,
        runs=runs,
        build=sum(revision.build_seconds for revision in revisions if not revision.build_cached),
        test=sum(revision.test_seconds for revision in revisions),
        wall=(ended - started).total_seconds() if started and ended else None,
    )


def runner_is_silent(bisection: Bisection) -> bool:
    """Nobody is there to do the work: better said than left to be guessed from the clock."""
    if not bisection.is_active:
        return False
    return not Heartbeat.objects.filter(at__gt=timezone.now() - SILENCE).exists()


def last_lines(bisection: Bisection) -> Sequence[str]:
    """The end of the log, without a crash report."""
    if not bisection.imported:
        return log_end(bisection, bisection.revisions.all(), LOG_LINES)
    log = without_report(bisection_log(bisection).replace("\r\n", "\n"))
    return log.splitlines()[-LOG_LINES:]


def progress(bisection: Bisection, steps: Sequence[Step]) -> Mapping[str, Any]:
    """What `_progress.html` and `_evidence.html` need, in the page and alone."""
    is_silent, place = runner_is_silent(bisection), place_of(bisection)
    return {
        "bisection": bisection,
        "since": bisection.activity_since or bisection.created,
        "runner_is_silent": is_silent,
        "marker": marker(bisection, is_silent, place) if bisection.is_active else "",
        "place": place,
        "left": left(bisection, steps[-1].row if steps else None),
        "groups": groups(bisection, steps),
        "show_config": bool(bisection.minimised) or any_test_of_a_config(bisection),
        "totals": totals(bisection),
        "builds": builds(bisection),
        "leading": bisection.suspects[:LEADING],
        "mail": next(iter(bisection.mails.all()), None),
        "log": last_lines(bisection),
    }


@require_safe
def bisection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    of_bug = Bisection.objects.defer("base_config", "config", "log_head", "log_tail")
    rows = bisections(dots()).prefetch_related(Prefetch("bug__bisections", of_bug))
    bisection = visible_or_404(request, rows, pk=pk)
    steps = steps_of(bisection)
    crash = bisection.crash
    crash.bug = bisection.bug  # with its tree, which was asked for once
    context = {
        **progress(bisection, steps),
        "chart": chart_of(steps, request.GET.get("step")),
        "report": best_report(crash),
        "start_form": StartForm.like(bisection),
        "priorities": Priority.choices,
    }
    return render(request, "bisections/detail.html", context)


def has_seen(request: HttpRequest, known: Bisection) -> bool:
    """Whether the page that asks shows already what there is."""
    seen = request.GET.get("seen")
    if not seen or not known.is_active:
        return False
    return seen == marker(known, runner_is_silent(known), place_of(known))


@require_safe
def bisection_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes on the page. Whoever has `seen` it as it is gets nothing, and looks no worse."""
    known = visible_or_404(request, Bisection.objects.only(*MARKED), pk=pk)
    if has_seen(request, known):
        return HttpResponse(status=204)
    bisection = bisections(dots()).get(pk=pk)
    context = progress(bisection, steps_of(bisection))
    response = render(request, "bisections/_news.html", context)
    response["HX-Trigger"] = "moved"  # the chart listens
    return response


@require_safe
def bisection_log_text(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = visible_or_404(request, Bisection.objects.all(), pk=pk)
    log = bisection.imported_log.content if bisection.imported else bisection_log(bisection)
    response = plain_text(log)
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="bisect-{pk}.txt"'
    return response


@require_safe
def bisection_config(request: HttpRequest, pk: int) -> HttpResponse:
    response = plain_text(visible_or_404(request, Bisection.objects.all(), pk=pk).used_config())
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="bisect-{pk}.config"'
    return response
