"""Calls about trees, bugs and crashes."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from bisectweb.api import rows
from bisectweb.api.errors import TEXT, replies
from bisectweb.api.paging import Id, Page, Paging, Words, page_of
from bisectweb.facts import (
    BugFacts,
    BugSummary,
    CrashFacts,
    CrashSummary,
    EventFacts,
    TreeDetails,
    TreeFacts,
    bug_facts,
    bug_summary,
    crash_facts,
    crash_summary,
    event_facts,
    tree_details,
    tree_facts,
)
from bisectweb.listing import conditions
from bisectweb.models import Bug
from bisectweb.views import trees
from bisectweb.views.files import plain_text

router = Router()


class BugFilter(Schema):
    """Which bugs."""

    q: Words = Field("", description="Words that occur in it, as the list of bugs searches.")
    tree: Words = Field("", description="The name of the tree.")
    subsystem: Words = ""
    state: Bug.State | None = None
    bisection: Bug.Bisected | None = Field(None, description="How far the latest one is.")
    confidence: Literal["confirmed", "wrong", "99", "90", "66", "unsure"] | None = None
    reproducer: Literal["yes", "no"] | None = None
    mine: Literal["1"] | None = Field(None, description="Those that you filed.")


@router.get("/trees", response=replies(Page[TreeFacts]), tags=["trees"])
def tree_list(request: HttpRequest, paging: Query[Paging]) -> Page[TreeFacts]:
    return page_of(rows.trees(request), paging, request, tree_facts)


@router.get("/trees/{name}", response=replies(TreeDetails), tags=["trees"])
def tree_detail(request: HttpRequest, name: Words) -> TreeDetails:
    """A tree, with the first 50 bisections of its queue and the latest 10 culprits."""
    said = trees.shown(request, name)
    return tree_details(said["tree"], said["oldest"], said["counts"], said["queue"], said["latest"])


@router.get("/bugs", response=replies(Page[BugSummary]), tags=["bugs"])
def bug_list(
    request: HttpRequest, asked: Query[BugFilter], paging: Query[Paging]
) -> Page[BugSummary]:
    wanted = conditions(asked.model_dump(mode="json", exclude_none=True), request.user)
    found = rows.bugs(request).filter(*(condition.where for condition in wanted))
    return page_of(found, paging, request, lambda bug: bug_summary(bug, request.user))


@router.get("/bugs/{pk}", response=replies(BugFacts), tags=["bugs"])
def bug_detail(request: HttpRequest, pk: Id) -> BugFacts:
    """A bug with its newest crash, and its bisections."""
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    return bug_facts(bug, rows.crashes(request).filter(bug=bug).last(), request.user)


@router.get("/bugs/{pk}/crashes", response=replies(Page[CrashSummary]), tags=["bugs"])
def bug_crashes(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[CrashSummary]:
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    found = rows.crashes(request).filter(bug=bug).defer("config", "reproducer", "report")
    return page_of(found, paging, request, crash_summary)


@router.get("/bugs/{pk}/events", response=replies(list[EventFacts]), tags=["bugs"])
def bug_events(request: HttpRequest, pk: Id) -> list[EventFacts]:
    """Who did what, the newest first; at most the last 1000."""
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    return event_facts(bug.events.select_related("actor")[:1000])


@router.get("/crashes/{pk}", response=replies(CrashFacts), tags=["crashes"])
def crash_detail(request: HttpRequest, pk: Id) -> CrashFacts:
    return crash_facts(get_object_or_404(rows.crashes(request), pk=pk))


@router.get("/crashes/{pk}/config", tags=["crashes"], **TEXT)
def crash_config(request: HttpRequest, pk: Id) -> HttpResponse:
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).config)


@router.get("/crashes/{pk}/reproducer", tags=["crashes"], **TEXT)
def crash_reproducer(request: HttpRequest, pk: Id) -> HttpResponse:
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).reproducer)


@router.get("/crashes/{pk}/report", tags=["crashes"], **TEXT)
def crash_report(request: HttpRequest, pk: Id) -> HttpResponse:
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).report)
