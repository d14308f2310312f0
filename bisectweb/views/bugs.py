"""The pages of a bug, and filing a new one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bisectweb import workflow
from bisectweb.forms import BugForm, StartForm
from bisectweb.models import Bisection, Bug, Crash
from bisectweb.reports import best_report
from bisectweb.views.access import person, visible_or_404
from bisectweb.views.files import plain_text


def bugs() -> QuerySet[Bug]:
    """Bugs with their tree and their bisections, the newest bisection first."""
    large = ("log_head", "log_tail", "config", "base_config", "minimised")
    bisections = Bisection.objects.select_related("culprit", "score").defer(*large)
    found = Bug.objects.select_related("tree__upstream", "reporter", "duplicate_of")
    found = found.defer("tree__base_config", "tree__upstream__base_config")
    return found.prefetch_related(Prefetch("bisections", bisections))


def newest_crash(bug: Bug) -> Crash:
    """The crash that the next bisection starts from: one that can be run, if there is any."""
    runnable = bug.crashes.exclude(Q(config="") | Q(reproducer=""))
    crash = runnable.last() or bug.crashes.last()
    if crash is None:
        raise Http404("This bug has no crash.")
    return crash


def file_and_start(form: BugForm, by: User) -> Bisection:
    """Both or neither."""
    said = dict(form.cleaned_data)
    search = {name: said.pop(name) for name in BugForm.search_fields}
    with transaction.atomic():
        bug = workflow.file_bug(**said, by=by)
        return workflow.start(newest_crash(bug), **search, by=by)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bug_new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "bugs/new.html", {"form": BugForm(user=person(request))})
    form = BugForm(request.POST, request.FILES, user=person(request))
    if not form.is_valid():
        return render(request, "bugs/new.html", {"form": form}, status=422)
    return redirect(file_and_start(form, person(request)))


@require_safe
def bug_detail(request: HttpRequest, pk: int) -> HttpResponse:
    bug = visible_or_404(request, bugs(), pk=pk)
    crash = newest_crash(bug)
    context = {
        "bug": bug,
        "crash": crash,
        "report": best_report(crash),
        "mails": bug.mails.all(),
        "events": bug.events.select_related("actor"),
        "start_form": StartForm(tree=bug.tree, bug=bug),
    }
    return render(request, "bugs/detail.html", context)


@require_safe
def bug_config(request: HttpRequest, pk: int) -> HttpResponse:
    return plain_text(newest_crash(visible_or_404(request, Bug.objects.all(), pk=pk)).config)


@require_safe
def bug_reproducer(request: HttpRequest, pk: int) -> HttpResponse:
    return plain_text(newest_crash(visible_or_404(request, Bug.objects.all(), pk=pk)).reproducer)
