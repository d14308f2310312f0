"""Calls about the outbox and the service itself."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from bisectweb import accuracy, jobs
from bisectweb.access import visible
from bisectweb.api import rows
from bisectweb.api.errors import replies
from bisectweb.api.paging import Id, Page, Paging, Words, page_of
from bisectweb.facts import (
    MessageFacts,
    MessageSummary,
    StatisticsFacts,
    WorkerFacts,
    message_facts,
    message_summary,
    statistics_facts,
    worker_facts,
)
from bisectweb.models import Tree, Week
from bisectweb.views.access import visible_or_404

router = Router()


@router.get("/messages", response=replies(Page[MessageSummary]), tags=["messages"])
def message_list(request: HttpRequest, paging: Query[Paging]) -> Page[MessageSummary]:
    """The mails that you may approve: none without a token or a session."""
    return page_of(rows.messages(request), paging, request, message_summary)


@router.get("/messages/{pk}", response=replies(MessageFacts), tags=["messages"])
def message_detail(request: HttpRequest, pk: Id) -> MessageFacts:
    return message_facts(get_object_or_404(rows.messages(request), pk=pk))


@router.get("/workers", response=replies(list[WorkerFacts]), tags=["service"])
def worker_list(request: HttpRequest) -> list[WorkerFacts]:
    return [worker_facts(*one) for one in jobs.workers(request.user)]


@router.get("/statistics", response=replies(StatisticsFacts), tags=["service"])
def statistics(request: HttpRequest, tree: Words = "") -> StatisticsFacts:
    """Of the trees that you may see, or of the one of that name."""
    weeks = visible(Week.objects.all(), request.user)
    if tree:
        weeks = weeks.filter(tree=visible_or_404(request, Tree.objects.all(), name=tree))
    return statistics_facts(accuracy.statistics(weeks))
