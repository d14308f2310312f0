"""The page of workers: who is there, and what each does now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb import jobs
from bisectweb.access import is_admin
from bisectweb.models import Event

EVENTS = 20


@require_safe
def worker_list(request: HttpRequest) -> HttpResponse:
    pulls = is_admin(request.user)
    events = Event.objects.exclude(worker=None).select_related("actor", "worker")[:EVENTS]
    context = {
        "workers": jobs.workers(request.user),
        "pulls": pulls,
        "events": events if pulls else (),
    }
    return render(request, "workers/list.html", context)
