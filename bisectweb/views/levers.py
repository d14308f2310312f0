"""The levers: each is a POST by somebody who may, and says what came of it."""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from bisectweb import workflow
from bisectweb.forms import JudgeForm, PriorityForm, ReasonForm, RequeueForm, StartForm
from bisectweb.models import Bisection, Crash, Culprit, Priority, Tree, Worker
from bisectweb.views.access import admins_only, kept_or_403, person
from runner.errors import InputError


def tell(request: HttpRequest, done: bool, words: str, before: str) -> None:
    """What came of a lever: `before` is why nothing did, as somebody was quicker."""
    if done:
        notices.success(request, words)
    else:
        notices.info(request, before)


def reason_of(request: HttpRequest) -> str:
    """Why they pull it; empty where they did not say, which they are told."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        return str(form.cleaned_data["reason"])
    notices.error(request, "Nothing was done: say why, in at most 500 characters.")
    return ""


@require_POST
@login_required
def bisection_start(request: HttpRequest, pk: int) -> HttpResponse:
    """A new search for the bug of crash `pk`."""
    crash = kept_or_403(request, Crash.objects.select_related("bug__tree__upstream"), pk=pk)
    if crash.missing:
        notices.error(request, "Nothing was started: add what the crash lacks first.")
        return redirect("crash-complete", pk)
    form = StartForm(request.POST, request.FILES, tree=crash.bug.tree, bug=crash.bug)
    started = started_with(form, crash, person(request))
    if started is None:
        context = {"crash": crash, "start_form": form}
        return render(request, "bisections/start.html", context, status=422)
    return redirect(started)


def started_with(form: StartForm, crash: Crash, by: User) -> Bisection | None:
    """The new bisection, or what the same form started before; None where the form says what is
    wrong.
    """
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        return workflow.start_once(said["once"], lambda: workflow.start(crash, **said, by=by), by)
    except InputError as error:
        form.add_error("evidence_from", f"Nothing was started: {error}.")
        return None


@require_POST
@login_required
def bisection_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    done = workflow.cancel(bisection, person(request))
    words = "Cancelled. Whatever was running is being stopped."
    tell(request, done, words, "This bisection had ended before.")
    return redirect(bisection)


@require_POST
@login_required
def bisection_invalidate(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    if reason := reason_of(request):
        done = workflow.invalidate(bisection, person(request), reason)
        tell(request, done, "Marked invalid.", "It was marked invalid before.")
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


@require_POST
@login_required
def bisection_priority(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    form = PriorityForm(request.POST)
    if not form.is_valid():
        notices.error(request, "Nothing was done: choose low, normal or high.")
        return redirect(bisection)
    priority = Priority(form.cleaned_data["priority"])
    done = workflow.set_priority(bisection, priority, person(request))
    words = f"It has {priority.label} priority now."
    tell(request, done, words, "Nothing was changed: it has that priority, or is over.")
    return redirect(bisection)


@require_POST
@login_required
def tree_pause(request: HttpRequest, name: str) -> HttpResponse:
    tree = kept_or_403(request, Tree.objects.all(), name=name)
    if reason := reason_of(request):
        done = workflow.pause(tree, person(request), reason)
        words = "Paused. What runs ends its revision; nothing new is begun."
        tell(request, done, words, "The tree was paused before.")
    return redirect(tree)


@require_POST
@login_required
def tree_resume(request: HttpRequest, name: str) -> HttpResponse:
    tree = kept_or_403(request, Tree.objects.all(), name=name)
    done = workflow.resume(tree, person(request))
    tell(request, done, "Resumed. What waits is being woken.", "The tree was not paused.")
    return redirect(tree)


@require_POST
@admins_only
def worker_drain(request: HttpRequest, pk: int) -> HttpResponse:
    worker = get_object_or_404(Worker, pk=pk)
    if reason := reason_of(request):
        done = workflow.drain(worker, person(request), reason)
        words = f"{worker} ends what it has in hand and takes nothing more."
        tell(request, done, words, f"{worker} was drained before.")
    return redirect("worker-list")


@require_POST
@admins_only
def worker_undrain(request: HttpRequest, pk: int) -> HttpResponse:
    worker = get_object_or_404(Worker, pk=pk)
    done = workflow.undrain(worker, person(request))
    tell(request, done, f"{worker} takes work again.", f"{worker} was not drained.")
    return redirect("worker-list")


@require_POST
@login_required
def bisection_requeue(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    done = workflow.requeue(bisection, person(request))
    words = "It goes on where it was; what it knew is kept."
    tell(request, done, words, "Nothing was done: it neither failed nor was cancelled.")
    return redirect(bisection)


@require_POST
@login_required
def bisection_revalidate(request: HttpRequest, pk: int) -> HttpResponse:
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    if reason := reason_of(request):
        done = workflow.revalidate(bisection, person(request), reason)
        words = "Taken back: the result counts again. A mail that was held back waits once more."
        tell(request, done, words, "It was not marked invalid.")
    return redirect(bisection)


@require_POST
@login_required
def bisection_unjudge(request: HttpRequest, pk: int) -> HttpResponse:
    culprits = Culprit.objects.select_related("bisection__bug")
    culprit = kept_or_403(request, culprits, bisection=pk)
    if reason := reason_of(request):
        done = workflow.unjudge(culprit, person(request), reason)
        words = "Taken back. A mail that was held back for it waits for approval again."
        tell(request, done, words, "Nobody had said anything of this commit.")
    return redirect(culprit.bisection)


@require_POST
@login_required
def tree_requeue(request: HttpRequest, name: str) -> HttpResponse:
    """Those bisections that failed and were ticked in the list."""
    tree = kept_or_403(request, Tree.objects.all(), name=name)
    form = RequeueForm(request.POST)
    if form.is_valid():
        pks = form.cleaned_data["bisections"]
        done = workflow.requeue_all(tree, pks, person(request))
        tell(request, bool(done), f"{done} of {len(pks)} go on.", "All of them went on before.")
    else:
        notices.error(request, "Nothing was done: tick some of them.")
    return redirect("tree-failed", name)
