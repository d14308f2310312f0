"""The pages of revisions and their runs: build logs and consoles."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Revision, Run
from bisectweb.reports import Report
from bisectweb.views.access import visible_or_404
from bisectweb.views.files import build_part, console_part, whole_log

ROWS = ("kernel", "bisection__bug__tree__upstream")


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    runs = Run.objects.select_related(*(f"revision__{row}" for row in ROWS))
    run = visible_or_404(request, runs, pk=pk)
    report = Report(run.report, run.revision.web())
    context = {"run": run, "report": report, "log": console_part(request, run)}
    return render(request, "runs/detail.html", context)


@require_safe
def run_console(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = visible_or_404(request, Run.objects.all(), pk=pk)
    return whole_log(request, run.console, f"console-{pk}.log")


@require_safe
def revision_build_log(request: HttpRequest, pk: int) -> HttpResponse:
    revision = visible_or_404(request, Revision.objects.select_related(*ROWS), pk=pk)
    context = {"revision": revision, "log": build_part(request, revision.build_log)}
    return render(request, "revisions/build_log.html", context)


@require_safe
def revision_build_log_raw(request: HttpRequest, pk: int) -> HttpResponseBase:
    revision = visible_or_404(request, Revision.objects.all(), pk=pk)
    return whole_log(request, revision.build_log, f"build-{pk}.log")
