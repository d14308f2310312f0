"""The page that gives the crash of an imported log what it lacks to be run."""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bisectweb import workflow
from bisectweb.forms import CompleteForm
from bisectweb.models import Crash
from bisectweb.views.access import person, visible_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def crash_complete(request: HttpRequest, pk: int) -> HttpResponse:
    crash = visible_or_404(request, Crash.objects.select_related("bug__tree"), pk=pk)
    if not crash.missing:
        notices.info(request, "This crash has everything that a bisection needs.")
        return redirect(crash.bug)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CompleteForm(*posted, crash=crash, user=person(request))
    if not form.is_valid():
        context = {"crash": crash, "form": form}
        return render(request, "crashes/complete.html", context, status=422 if posted else 200)
    if workflow.complete(crash, **form.cleaned_data, by=person(request)):
        notices.success(request, "Added. A bisection of this crash can be started now.")
    return redirect(crash.bug)
