"""Calls about the service itself: its workers and its statistics."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from bisectweb import accuracy, jobs, workflow
from bisectweb.access import is_admin, visible
from bisectweb.api.bearer import admin
from bisectweb.api.errors import checked, replies
from bisectweb.api.levers import OPERATING, ReasonIn
from bisectweb.api.paging import Id, Page, Paging, Words, page_of
from bisectweb.facts import (
    StatisticsFacts,
    WorkerEventFacts,
    WorkerFacts,
    statistics_facts,
    worker_event_facts,
    worker_facts,
)
from bisectweb.forms import ReasonForm
from bisectweb.models import Event, Tree, Week, Worker
from bisectweb.views.access import visible_or_404

router = Router(tags=["service"])


@router.get("/workers", response=replies(list[WorkerFacts]))
def worker_list(request: HttpRequest) -> list[WorkerFacts]:
    """The machines that work on bisections."""
    names_who = is_admin(request.user)
    return [worker_facts(*one, names_who=names_who) for one in jobs.workers(request.user)]


@router.get("/workers/events", response=replies(Page[WorkerEventFacts]))
def worker_events(request: HttpRequest, paging: Query[Paging]) -> Page[WorkerEventFacts]:
    """Who drained which worker: for admins."""
    found = visible(Event.objects.exclude(worker=None), request.user)
    return page_of(found.select_related("actor", "worker"), paging, request, worker_event_facts)


@router.post("/workers/{pk}/drain", response=replies(WorkerFacts), **OPERATING)
def drain_worker(request: HttpRequest, pk: Id, body: ReasonIn) -> WorkerFacts:
    """Let a worker take nothing more; one that is drained stays as it is. For admins."""
    by = admin(request)
    worker = get_object_or_404(Worker, pk=pk)
    workflow.drain(worker, by, checked(ReasonForm(body.model_dump()))["reason"])
    return _worker(request, pk)


@router.post("/workers/{pk}/undrain", response=replies(WorkerFacts), **OPERATING)
def undrain_worker(request: HttpRequest, pk: Id) -> WorkerFacts:
    """Let a worker take work again. For admins."""
    by = admin(request)
    workflow.undrain(get_object_or_404(Worker, pk=pk), by)
    return _worker(request, pk)


def _worker(request: HttpRequest, pk: int) -> WorkerFacts:
    return next(one for one in worker_list(request) if one.id == pk)


@router.get("/statistics", response=replies(StatisticsFacts))
def statistics(request: HttpRequest, tree: Words = "", imported: bool = False) -> StatisticsFacts:
    """Of the trees that you may see, or of the one of that name. Of imported bisections,
    `confidences` is by their score, and a week is the one in which they were imported.
    """
    weeks = visible(Week.objects.filter(imported=imported), request.user)
    if tree:
        weeks = weeks.filter(tree=visible_or_404(request, Tree.objects.all(), name=tree))
    return statistics_facts(accuracy.statistics(weeks))
