"""The page of statistics: how often our culprits were right."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb import accuracy
from bisectweb.access import visible
from bisectweb.models import Culprit


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    culprits = visible(Culprit.objects.all(), request.user)
    return render(request, "statistics.html", {"statistics": accuracy.statistics(culprits)})
