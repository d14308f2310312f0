"""Calls about bugs and crashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from bisectweb.access import may_keep
from bisectweb.api import rows
from bisectweb.api.errors import TEXT, replies
from bisectweb.api.paging import NEWEST, Id, Order, Page, Paging, SortedPaging, Words, page_of
from bisectweb.facts import (
    BugFacts,
    BugSummary,
    CrashFacts,
    CrashSummary,
    EventFacts,
    LetterFacts,
    PatchTestSummary,
    bug_facts,
    bug_summary,
    crash_facts,
    crash_summary,
    event_facts,
    patch_test_summary,
)
from bisectweb.listing import SORTS, Condition, conditions, tally
from bisectweb.models import Bug
from bisectweb.views.access import visible_or_404
from bisectweb.views.bugs import script_of
from bisectweb.views.files import plain_text
from bisectweb.views.thread import Letter, thread

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

    def conditions(self, request: HttpRequest) -> Sequence[Condition]:
        return conditions(self.model_dump(mode="json", exclude_none=True), request.user)


Sort = Literal[
    "title", "confidence", "crashes", "created", "active",
    "-title", "-confidence", "-crashes", "-created", "-active",
]  # fmt: skip


class BugOrder(Schema):
    """In which order."""

    sort: Sort | None = Field(None, description="Downwards behind a minus. Null: the newest first.")

    def order(self) -> Order:
        if self.sort is None:
            return NEWEST
        return Order(SORTS[self.sort.removeprefix("-")], is_down=self.sort.startswith("-"))


class TallyFacts(Schema):
    """How many bugs there are of each kind, of those that are asked for."""

    total: int
    counts: dict[str, dict[str, int]]
    """By what the list is filtered by, and its values; without what was asked for."""


@router.get("/bugs", response=replies(Page[BugSummary]), tags=["bugs"])
def bug_list(
    request: HttpRequest,
    asked: Query[BugFilter],
    order: Query[BugOrder],
    paging: Query[SortedPaging],
) -> Page[BugSummary]:
    """Bugs, searched, filtered and sorted as on the page."""
    wanted = asked.conditions(request)
    found = rows.bugs(request).filter(*(condition.where for condition in wanted))
    return page_of(
        found, paging, request, lambda bug: bug_summary(bug, request.user), order.order()
    )


@router.get("/tally", response=replies(TallyFacts), tags=["bugs"])
def bug_tally(request: HttpRequest, asked: Query[BugFilter]) -> TallyFacts:
    """How many bugs there are, and how many of each kind. Of more than 10,000 the counts are up to
    ten minutes old.
    """
    told = tally(asked.conditions(request), request.user)
    counts = {name: dict(by_value) for name, by_value in told.counts.items()}
    return TallyFacts(total=told.total, counts=counts)


@router.get("/bugs/{pk}", response=replies(BugFacts), tags=["bugs"])
def bug_detail(request: HttpRequest, pk: Id) -> BugFacts:
    """A bug with its newest crash, and its bisections."""
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    return bug_facts(bug, rows.crashes(request).filter(bug=bug).last(), request.user)


@router.get("/bugs/{pk}/crashes", response=replies(Page[CrashSummary]), tags=["bugs"])
def bug_crashes(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[CrashSummary]:
    """The crashes of a bug, the newest first."""
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    found = rows.crashes(request).filter(bug=bug).defer("config", "reproducer", "report")
    return page_of(found, paging, request, crash_summary)


@router.get("/bugs/{pk}/events", response=replies(Page[EventFacts]), tags=["bugs"])
def bug_events(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[EventFacts]:
    """Who did what."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    return page_of(rows.events(bug), paging, request, event_facts)


@router.get("/bugs/{pk}/thread", response=replies(list[LetterFacts]), tags=["bugs"])
def bug_thread(request: HttpRequest, pk: Id) -> list[LetterFacts]:
    """The latest 50 mails about it, ours and those that came in, the newest first."""
    bug = visible_or_404(request, Bug.objects.select_related("tree"), pk=pk)
    is_keeper = may_keep(request.user, bug.tree)
    return [letter_facts(one, is_keeper=is_keeper) for one in thread(bug).letters]


def letter_facts(letter: Letter, *, is_keeper: bool) -> LetterFacts:
    return LetterFacts(
        at=letter.at,
        who=letter.who,
        subject=letter.subject,
        state=letter.state,
        said=letter.said,
        url=(letter.address or None) if is_keeper else None,
    )


@router.get("/bugs/{pk}/duplicates", response=replies(Page[BugSummary]), tags=["bugs"])
def bug_duplicates(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[BugSummary]:
    """The bugs that are said to be the same as this one."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    found = rows.bugs(request).filter(duplicate_of=bug)
    return page_of(found, paging, request, lambda one: bug_summary(one, request.user))


@router.get("/bugs/{pk}/patch-tests", response=replies(Page[PatchTestSummary]), tags=["bugs"])
def bug_patch_tests(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[PatchTestSummary]:
    """The patch tests of a bug, the newest first."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    found = rows.patch_tests(request).filter(bug=bug)
    return page_of(found, paging, request, lambda one: patch_test_summary(one, request.user))


@router.get("/crashes/{pk}", response=replies(CrashFacts), tags=["crashes"])
def crash_detail(request: HttpRequest, pk: Id) -> CrashFacts:
    """A crash with all that is needed to see it again."""
    return crash_facts(get_object_or_404(rows.crashes(request), pk=pk))


@router.get("/crashes/{pk}/config", tags=["crashes"], **TEXT)
def crash_config(request: HttpRequest, pk: Id) -> HttpResponse:
    """The kernel config that it crashed with."""
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).config)


@router.get("/crashes/{pk}/reproducer", tags=["crashes"], **TEXT)
def crash_reproducer(request: HttpRequest, pk: Id) -> HttpResponse:
    """What makes the bug show."""
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).reproducer)


@router.get("/crashes/{pk}/report", tags=["crashes"], **TEXT)
def crash_report(request: HttpRequest, pk: Id) -> HttpResponse:
    """The crash as the console showed it."""
    return plain_text(get_object_or_404(rows.crashes(request), pk=pk).report)


@router.get("/crashes/{pk}/run.sh", tags=["crashes"], **TEXT)
def crash_run_script(request: HttpRequest, pk: Id) -> HttpResponse:
    """One script that fetches, builds and boots it as it was seen."""
    return plain_text(script_of(get_object_or_404(rows.crashes(request), pk=pk)))
