"""The pages of revisions and their runs: build logs and consoles."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Revision, Run
from bisectweb.reports import Report
from bisectweb.views.access import visible_or_404
from bisectweb.views.console import excerpt
from bisectweb.views.files import plain_file


def console_lines(run: Run) -> Sequence[str] | None:
    """The console log; None when its file is gone."""
    try:
        with run.console.open("rb") as file:
            return [line.decode("utf-8", "replace").rstrip("\r\n") for line in file]
    except (FileNotFoundError, ValueError):
        return None


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    rows = ("revision__kernel", "revision__bisection__bug__tree__upstream")
    runs = Run.objects.select_related(*rows)
    run = visible_or_404(request, runs, pk=pk)
    lines = console_lines(run)
    console = None if lines is None else excerpt(lines, run.report)
    report = Report(run.report, run.revision.web())
    context = {"run": run, "report": report, "console": console}
    return render(request, "runs/detail.html", context)


@require_safe
def run_console(request: HttpRequest, pk: int) -> FileResponse:
    return plain_file(visible_or_404(request, Run.objects.all(), pk=pk).console)


@require_safe
def revision_build_log(request: HttpRequest, pk: int) -> FileResponse:
    return plain_file(visible_or_404(request, Revision.objects.all(), pk=pk).build_log)
