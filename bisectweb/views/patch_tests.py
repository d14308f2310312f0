"""The pages of patch tests and their runs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import PatchRun, PatchTest
from bisectweb.outbound.patch_mails import doubt, summary
from bisectweb.reports import Report
from bisectweb.views.access import visible_or_404
from bisectweb.views.files import build_part, console_part, plain_text, whole_log

ROWS = ("bug__tree__upstream", "tree", "kernel")


@require_safe
def patch_test_detail(request: HttpRequest, pk: int) -> HttpResponse:
    test = visible_or_404(request, PatchTest.objects.select_related(*ROWS), pk=pk)
    runs = list(test.runs.defer("report"))
    context = {
        "test": test,
        "runs": runs,
        # In the mail there is more below it.
        "summary": summary(test).rstrip(":.") + "." if test.is_done else "",
        "doubt": doubt(test),
    }
    return render(request, "patch_tests/detail.html", context)


@require_safe
def patch_test_patch(request: HttpRequest, pk: int) -> HttpResponse:
    return plain_text(visible_or_404(request, PatchTest.objects.all(), pk=pk).patch)


@require_safe
def patch_test_build_log(request: HttpRequest, pk: int) -> HttpResponse:
    test = visible_or_404(request, PatchTest.objects.select_related(*ROWS), pk=pk)
    context = {"test": test, "log": build_part(request, test.build_log)}
    return render(request, "patch_tests/build_log.html", context)


@require_safe
def patch_test_build_log_raw(request: HttpRequest, pk: int) -> HttpResponseBase:
    test = visible_or_404(request, PatchTest.objects.all(), pk=pk)
    return whole_log(request, test.build_log, f"build-of-patch-test-{pk}.log")


@require_safe
def patch_run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    rows = PatchRun.objects.select_related(*(f"patch_test__{row}" for row in ROWS))
    run = visible_or_404(request, rows, pk=pk)
    report = Report(run.report, run.patch_test.web())
    context = {"run": run, "report": report, "log": console_part(request, run)}
    return render(request, "patch_tests/run.html", context)


@require_safe
def patch_run_console(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = visible_or_404(request, PatchRun.objects.all(), pk=pk)
    return whole_log(request, run.console, f"console-of-patch-run-{pk}.log")
