"""Calls about bisections and their evidence."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Max
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from bisectweb.api import rows
from bisectweb.api.errors import TEXT, replies
from bisectweb.api.paging import Id, Page, Paging, page_of
from bisectweb.api.versions import check_ended, stored
from bisectweb.facts import (
    BisectionFacts,
    BisectionSummary,
    HeardFacts,
    RevisionFacts,
    RunFacts,
    StandingFacts,
    WorkFacts,
    bisection_facts,
    bisection_summary,
    revision_facts,
    run_facts,
    standing_facts,
)
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection
from bisectweb.order import place_of
from bisectweb.views.bisections import runner_is_silent, totals
from bisectweb.views.files import plain_text
from bisectweb.views.live import left
from bisectweb.views.steps import Heard, steps_of

router = Router()
ShaPrefix = Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class BisectionFilter(Schema):
    """Which bisections."""

    bug: Id | None = None
    state: Bisection.State | None = None
    kind: Bisection.Kind | None = None
    imported: bool | None = None


class RevisionFilter(Schema):
    """Which revisions: of a commit, in whatever bisection; or of one bisection."""

    sha: ShaPrefix | None = Field(None, description="Whole, or its first digits.")
    bisection: Id | None = None


@router.get("/bisections", response=replies(Page[BisectionSummary]), tags=["bisections"])
def bisection_list(
    request: HttpRequest, asked: Query[BisectionFilter], paging: Query[Paging]
) -> Page[BisectionSummary]:
    """Bisections, the newest first."""
    wanted = asked.model_dump(exclude_none=True)
    return page_of(rows.bisections(request).filter(**wanted), paging, request, bisection_summary)


@router.get("/bisections/{pk}", response=replies(BisectionFacts), tags=["bisections"])
def bisection_detail(request: HttpRequest, response: HttpResponse, pk: Id) -> BisectionFacts:
    """A bisection with all its revisions and their runs; the runs' reports are with each run."""
    bisection = get_object_or_404(rows.whole_bisections(request), pk=pk)
    check_ended(request, response, bisection)
    rows.add_evidence(bisection)
    return bisection_facts(bisection, work(bisection))


def work(bisection: Bisection) -> WorkFacts:
    latest = bisection.standings.last() if bisection.is_active else None
    spent = totals(bisection)
    return WorkFacts(
        place=place_of(bisection),
        left=left(bisection, latest),
        is_runner_silent=runner_is_silent(bisection),
        revisions=spent.revisions,
        runs=spent.runs,
        build=spent.build,
        test=spent.test,
        wall=spent.wall,
    )


@router.get(
    "/bisections/{pk}/standings", response=replies(list[StandingFacts]), tags=["bisections"]
)
def bisection_standings(
    request: HttpRequest, response: HttpResponse, pk: Id
) -> list[StandingFacts]:
    """What was believed after each step of the search, and why: the chart and its story."""
    bisection = get_object_or_404(rows.whole_bisections(request), pk=pk)
    # Those of an imported one may come later.
    check_ended(request, response, bisection, bisection.standings.aggregate(last=Max("pk")))
    steps = steps_of(bisection)
    return [standing_facts(one.row, [heard_facts(each) for each in one.heard]) for one in steps]


def heard_facts(heard: Heard) -> HeardFacts:
    return HeardFacts(
        sha=heard.sha,
        revision=heard.revision.pk if heard.revision else None,
        why=heard.asked,
        said=heard.said,
        verdict=heard.verdict,
        moved=heard.moved,
    )


@router.get("/bisections/{pk}/log", tags=["bisections"], **TEXT)
def bisection_log_text(request: HttpRequest, pk: Id) -> HttpResponse:
    """In the grammar of syzbot's logs; an imported one byte for byte."""
    bisection = get_object_or_404(rows.bisections(request), pk=pk)
    return plain_text(
        bisection.imported_log.content if bisection.imported else bisection_log(bisection)
    )


@router.get("/bisections/{pk}/config", tags=["bisections"], **TEXT)
def bisection_config(request: HttpRequest, pk: Id) -> HttpResponse:
    """The kernel config that is searched with."""
    return plain_text(get_object_or_404(rows.bisections(request), pk=pk).used_config())


@router.get("/revisions", response=replies(Page[RevisionFacts]), tags=["revisions"])
def revision_list(
    request: HttpRequest, asked: Query[RevisionFilter], paging: Query[Paging]
) -> Page[RevisionFacts]:
    """Tested commits, the newest first: of one bisection, or one commit in all of them."""
    found = rows.revisions(request)
    if asked.sha:
        found = found.filter(sha__startswith=asked.sha)
    if asked.bisection:
        found = found.filter(bisection=asked.bisection)
    return page_of(found, paging, request, revision_facts)


@router.get("/revisions/{pk}", response=replies(RevisionFacts), tags=["revisions"])
def revision_detail(request: HttpRequest, pk: Id) -> RevisionFacts:
    """A tested commit with its runs."""
    return revision_facts(get_object_or_404(rows.revisions(request), pk=pk))


@router.get("/revisions/{pk}/build-log", tags=["revisions"], **TEXT)
def revision_build_log(request: HttpRequest, pk: Id) -> FileResponse:
    """What the build wrote."""
    return stored(request, get_object_or_404(rows.revisions(request), pk=pk).build_log)


@router.get("/runs/{pk}", response=replies(RunFacts), tags=["runs"])
def run_detail(request: HttpRequest, pk: Id) -> RunFacts:
    """A run with its crash report."""
    return run_facts(get_object_or_404(rows.runs(request), pk=pk))


@router.get("/runs/{pk}/console", tags=["runs"], **TEXT)
def run_console(request: HttpRequest, pk: Id) -> FileResponse:
    """All that the machine wrote."""
    return stored(request, get_object_or_404(rows.runs(request), pk=pk).console)
