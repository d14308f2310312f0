"""The levers of bisections: each is a POST by somebody who may, and says what came of it."""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bisectweb import workflow
from bisectweb.forms import JudgeForm, ReasonForm, StartForm
from bisectweb.models import Bisection, Crash, Culprit
from bisectweb.views.access import kept_or_403, person


@require_POST
@login_required
def bisection_start(request: HttpRequest, pk: int) -> HttpResponse:
    """A new search for the bug of crash `pk`."""
    crash = kept_or_403(request, Crash.objects.select_related("bug__tree__upstream"), pk=pk)
    if crash.missing:
        notices.error(request, "Nothing was started: add what the crash lacks first.")
        return redirect("crash-complete", pk)
    form = StartForm(request.POST, tree=crash.bug.tree)
    if not form.is_valid():
        context = {"crash": crash, "start_form": form}
        return render(request, "bisections/start.html", context, status=422)
    return redirect(workflow.start(crash, **form.cleaned_data, by=person(request)))


@require_POST
@login_required
def bisection_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    if workflow.cancel(bisection, person(request)):
        notices.success(request, "Cancelled. Whatever was running is being stopped.")
    else:
        notices.info(request, "This bisection had ended before.")
    return redirect(bisection)


@require_POST
@login_required
def bisection_invalidate(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        notices.error(request, "Say why the result is invalid, in at most 500 characters.")
    elif workflow.invalidate(bisection, person(request), form.cleaned_data["reason"]):
        notices.success(request, "Marked invalid.")
    else:
        notices.info(request, "It was marked invalid before.")
    return redirect(bisection)


@require_POST
@login_required
def bisection_judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the culprit is the one, or that it is not."""
    culprits = Culprit.objects.select_related("bisection__bug")
    culprit = kept_or_403(request, culprits, bisection=pk)
    form = JudgeForm(request.POST)
    if form.is_valid():
        who = person(request)
        said = form.cleaned_data | {"verdict": Culprit.Verdict(form.cleaned_data["verdict"])}
        workflow.judge(culprit, **said, who=who.get_username(), by=who)
        notices.success(request, "Written down. It counts in the statistics.")
    else:
        notices.error(
            request,
            "Say whether it is the commit and why, in at most 500 characters; another commit, "
            "of a wrong one only, is named by at least seven digits of its sha.",
        )
    return redirect(culprit.bisection)
