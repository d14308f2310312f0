"""The pages of revisions and their runs: build logs and consoles."""

from __future__ import annotations

from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Revision, Run
from bisectweb.reports import Report
from bisectweb.views.access import visible_or_404
from bisectweb.views.console import build_excerpt, run_excerpt
from bisectweb.views.files import is_there, lines_of, packed_file, plain_file

ROWS = ("kernel", "bisection__bug__tree__upstream")


def begin(request: HttpRequest) -> int | None:
    """The line that a person wants to see; None without a number, or with an impossible one."""
    text = request.GET.get("from", "")
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 16 else None


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    runs = Run.objects.select_related(*(f"revision__{row}" for row in ROWS))
    run = visible_or_404(request, runs, pk=pk)
    report = Report(run.report, run.revision.web())
    context = {"run": run, "report": report, "log": None}
    if is_there(run.console):
        with lines_of(run.console) as lines:
            context["log"] = run_excerpt(run, lines, begin(request))
    return render(request, "runs/detail.html", context)


@require_safe
def run_console(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = visible_or_404(request, Run.objects.all(), pk=pk)
    return whole_log(request, run.console, f"console-{pk}.log")


@require_safe
def revision_build_log(request: HttpRequest, pk: int) -> HttpResponse:
    revision = visible_or_404(request, Revision.objects.select_related(*ROWS), pk=pk)
    with lines_of(revision.build_log) as lines:
        context = {"revision": revision, "log": build_excerpt(lines, begin(request))}
    return render(request, "revisions/build_log.html", context)


@require_safe
def revision_build_log_raw(request: HttpRequest, pk: int) -> HttpResponseBase:
    revision = visible_or_404(request, Revision.objects.all(), pk=pk)
    return whole_log(request, revision.build_log, f"build-{pk}.log")


def whole_log(request: HttpRequest, file: FieldFile, name: str) -> HttpResponseBase:
    """The raw log, or packed where that was asked for."""
    return packed_file(file, name) if "gzip" in request.GET else plain_file(file)
