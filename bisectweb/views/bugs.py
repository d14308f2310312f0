"""The pages of a bug, and filing a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bisectweb import workflow
from bisectweb.access import may_keep, visible
from bisectweb.facts import outlined, situation
from bisectweb.forms import BugForm, StartForm, TriageForm
from bisectweb.models import Bisection, Bug, Crash, Revision
from bisectweb.reports import best_report, full_name, web_of
from bisectweb.situation import sentence
from bisectweb.summaries import telling_crash
from bisectweb.views.access import ENOUGH, kept_or_403, may_add, person, visible_or_404
from bisectweb.views.files import plain_text
from bisectweb.views.thread import thread
from bisectweb.weblinks import SHA, WebTree
from runner.building.rules import load
from runner.errors import InputError
from runner.run_script import run_script

MOST = 50
"""Crashes and duplicates that the page of a bug names."""
DIGITS = 18
"""Of a key; no database takes larger ones."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A crash in the list of all of them."""

    crash: Crash
    commit: str
    """Its full name, where that is known."""
    web: WebTree | None
    """The files of that commit."""


def bugs() -> QuerySet[Bug]:
    """Bugs with their tree and their bisections, the newest bisection first."""
    large = ("log_head", "log_tail", "config", "base_config", "minimised")
    bisections = outlined(Bisection.objects.select_related("culprit", "score")).defer(*large)
    found = Bug.objects.select_related("tree__upstream", "reporter", "duplicate_of__tree")
    configs = ("tree", "tree__upstream", "duplicate_of__tree")
    found = found.defer(*(f"{tree}__base_config" for tree in configs))
    return found.prefetch_related(Prefetch("bisections", bisections))


def chosen_crash(request: HttpRequest, bug: Bug) -> Crash | None:
    """The one that the address names by `?crash=`, else the one that stands for the bug."""
    if not (asked := request.GET.get("crash")):
        return telling_crash(bug)
    if not asked.isdecimal() or len(asked) > DIGITS:
        raise Http404("This is no crash.")
    return get_object_or_404(bug.crashes, pk=int(asked))


def crash_of(request: HttpRequest, pk: int) -> Crash:
    """The crash of a page that is about one."""
    crash = chosen_crash(request, visible_or_404(request, Bug.objects.all(), pk=pk))
    if crash is None:
        raise Http404("This bug has no crash.")
    return crash


def notes_before(request: HttpRequest) -> int | None:
    """The note that `?notes=` names: of many, those before it are the next part."""
    asked = request.GET.get("notes", "")
    return int(asked) if asked.isdecimal() and len(asked) <= DIGITS else None


def sides(bug: Bug) -> list[tuple[str, Bisection]]:
    """The latest search for the cause and the latest for the fix, those that there are."""
    found: dict[str, Bisection] = {}
    for bisection in bug.bisections.all():
        found.setdefault(bisection.kind, bisection)
    return [(kind, found[kind]) for kind in Bisection.Kind.values if kind in found]


def occurrences(bug: Bug) -> Sequence[Occurrence]:
    """Its latest crashes, without what is large of them."""
    rows = bug.crashes.defer("config", "report").order_by("-created")[:MOST]
    return [Occurrence(one, full_name(one), web_of(one)) for one in rows]


def tested(request: HttpRequest, bug: Bug, commits: Iterable[str]) -> set[str]:
    """The commits that the page of a bug names, of those that have a page."""
    culprits = (getattr(one, "culprit", None) for one in bug.bisections.all())
    named = {*commits, *(one.sha for one in culprits if one)}
    if not (whole := {sha for sha in named if SHA.fullmatch(sha)}):
        return set()
    rows = Revision.objects.filter(sha__in=whole, taken_from=None).order_by()
    return set(visible(rows, request.user).values_list("sha", flat=True).distinct())


def file_and_start(form: BugForm, by: User) -> Bisection:
    """Both or neither; of a form that was sent twice what it started first."""
    said = dict(form.cleaned_data)
    search = {name: said.pop(name) for name in BugForm.search_fields}

    def begin() -> Bisection:
        with transaction.atomic():
            bug = workflow.file_bug(**said, by=by)
            return workflow.start(bug.crashes.get(), **search, by=by)

    return workflow.start_once(search["once"], begin, by)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bug_new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "bugs/new.html", {"form": BugForm(user=person(request))})
    form = BugForm(request.POST, request.FILES, user=person(request))
    if not form.is_valid():
        return render(request, "bugs/new.html", {"form": form}, status=422)
    if not may_add(request):
        form.add_error(None, ENOUGH)
        return render(request, "bugs/new.html", {"form": form}, status=429)
    return redirect(file_and_start(form, person(request)))


@require_safe
def bug_detail(request: HttpRequest, pk: int) -> HttpResponse:
    # Most bugs have no duplicates: theirs are not asked for.
    any_duplicate = Exists(Bug.objects.filter(duplicate_of=OuterRef("pk")))
    bug = visible_or_404(request, bugs().annotate(has_duplicates=any_duplicate), pk=pk)
    crash = chosen_crash(request, bug)
    all_of_them = occurrences(bug)
    context = {
        "bug": bug,
        "stands": sentence(situation(bug, request.user)),
        "crash": crash,
        "commit": full_name(crash) if crash else "",
        "crashes": all_of_them,
        "tested": tested(request, bug, [one.commit for one in all_of_them]),
        "report": best_report(crash) if crash else None,
        "sides": sides(bug),
        "thread": thread(bug, notes_before(request)),
        "duplicates": visible(bug.duplicates.all(), request.user)[:MOST],
        "is_keeper": may_keep(request.user, bug.tree),
        "start_form": StartForm(tree=bug.tree, bug=bug),
        "triage_form": TriageForm(bug=bug),
    }
    return render(request, "bugs/detail.html", context)


@require_safe
def bug_config(request: HttpRequest, pk: int) -> HttpResponse:
    return plain_text(crash_of(request, pk).config)


@require_safe
def bug_reproducer(request: HttpRequest, pk: int) -> HttpResponse:
    return plain_text(crash_of(request, pk).reproducer)


def built_with(crash: Crash, commit: str) -> Sequence[str]:
    """What the lab built the commit with, if it did; in a line."""
    rows = Revision.objects.filter(bisection__crash=crash, sha=commit, bisection__imported=False)
    compilers = rows.exclude(kernel=None).values_list("kernel__compiler", flat=True)
    return [f"The lab built it with {one}." for one in compilers.order_by("-pk")[:1]]


def script_of(crash: Crash) -> str:
    """How to see a crash for oneself, as one script; `InputError` where there can be none, and 404
    where nothing can be run.
    """
    if crash.missing:
        raise Http404("Nothing can be run for this crash.")
    page = f"{settings.SITE_URL}{crash.bug.get_absolute_url()}"
    about = [f"Shows {crash.bug.title!r}, bug {crash.bug_id} of {page}", f"at {crash.commit}."]
    commit = full_name(crash)
    about += built_with(crash, commit)
    rules, name = load(settings.RULES), f"bug-{crash.bug_id}"
    return run_script(crash.plan(), commit, name=name, about=about, rules=rules)


@require_safe
def bug_run_script(request: HttpRequest, pk: int) -> HttpResponse:
    crash = crash_of(request, pk)
    try:
        return plain_text(script_of(crash))
    except InputError as error:
        return plain_text(f"# There is no script for this crash: {error}.\n")


@require_POST
@login_required
def bug_triage(request: HttpRequest, pk: int) -> HttpResponse:
    """What a keeper of its tree says of a bug, as by mail."""
    bug = kept_or_403(request, Bug.objects.select_related("tree"), pk=pk)
    form = TriageForm(request.POST, bug=bug)
    if not (said := carried_out(form, person(request))):
        context = {"bug": bug, "triage_form": form}
        return render(request, "bugs/triage.html", context, status=422)
    notices.success(request, f"Done: {said}.")
    return redirect(bug)


def carried_out(form: TriageForm, by: User) -> str:
    """What was done, in words; empty where the form says what is wrong."""
    if not form.is_valid():
        return ""
    try:
        return form.carry_out(by)
    except InputError as error:
        form.add_error("value", f"{capfirst(str(error))}.")
        return ""
