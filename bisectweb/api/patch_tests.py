"""Calls about patch tests and their runs."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from bisectweb.api import rows
from bisectweb.api.errors import TEXT, replies
from bisectweb.api.paging import Id
from bisectweb.api.versions import stored
from bisectweb.facts import PatchRunFacts, PatchTestFacts, patch_run_facts, patch_test_facts
from bisectweb.views.files import plain_text

router = Router(tags=["patch tests"])


@router.get("/patch-tests/{pk}", response=replies(PatchTestFacts))
def patch_test_detail(request: HttpRequest, pk: Id) -> PatchTestFacts:
    """A patch test with its runs; the runs' reports are with each run."""
    test = get_object_or_404(rows.patch_tests(request), pk=pk)
    return patch_test_facts(test, list(test.runs.defer("report")), request.user)


@router.get("/patch-tests/{pk}/patch", **TEXT)
def patch_test_patch(request: HttpRequest, pk: Id) -> HttpResponse:
    """The patch that was tested."""
    return plain_text(get_object_or_404(rows.patch_tests(request), pk=pk).patch)


@router.get("/patch-tests/{pk}/build-log", **TEXT)
def patch_test_build_log(request: HttpRequest, pk: Id) -> FileResponse:
    """What the build wrote."""
    return stored(request, get_object_or_404(rows.patch_tests(request), pk=pk).build_log)


@router.get("/patch-runs/{pk}", response=replies(PatchRunFacts))
def patch_run_detail(request: HttpRequest, pk: Id) -> PatchRunFacts:
    """A run with the patch, with its crash report."""
    return patch_run_facts(get_object_or_404(rows.patch_runs(request), pk=pk))


@router.get("/patch-runs/{pk}/console", **TEXT)
def patch_run_console(request: HttpRequest, pk: Id) -> FileResponse:
    """All that the machine wrote."""
    return stored(request, get_object_or_404(rows.patch_runs(request), pk=pk).console)
