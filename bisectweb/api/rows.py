"""The rows that calls answer with, in a fixed number of queries, and only those for the caller."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import HttpRequest

from bisectweb.access import is_admin, keeps_any, kept, visible
from bisectweb.facts import outlined
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Event,
    Message,
    Note,
    PatchRun,
    PatchTest,
    Revision,
    Run,
    Stop,
    Tree,
)

LARGE = (
    *("log_head", "log_found", "log_tail", "config", "base_config"),
    *("minimised", "suspects", "prior"),
)
"""What the summary of a bisection does not say."""


def trees(request: HttpRequest) -> QuerySet[Tree]:
    return visible(Tree.objects.defer("base_config"), request.user)


def bugs(request: HttpRequest) -> QuerySet[Bug]:
    bisections = outlined(Bisection.objects.select_related("culprit", "score", "bug"))
    rows = Bug.objects.select_related("tree", "duplicate_of__tree")
    rows = rows.defer("words", "commits", "tree__base_config", "duplicate_of__tree__base_config")
    found = rows.prefetch_related(Prefetch("bisections", bisections.defer(*LARGE)))
    return visible(found, request.user)


def crashes(request: HttpRequest) -> QuerySet[Crash]:
    rows = Crash.objects.select_related("bug__tree__upstream")
    rows = rows.defer("bug__tree__base_config", "bug__tree__upstream__base_config")
    return visible(rows, request.user)


def bisections(request: HttpRequest) -> QuerySet[Bisection]:
    """For lists, and for whoever asks for one thing of them."""
    rows = Bisection.objects.select_related("culprit", "score", "bug").defer(*LARGE)
    return visible(rows, request.user)


def whole_bisections(request: HttpRequest) -> QuerySet[Bisection]:
    """With all that is their own; `add_evidence` adds the rest."""
    rows = Bisection.objects.select_related(
        *("culprit", "score", "bug", "imported_log", "created_by", "invalidated_by")
    )
    large = ("log_head", "log_found", "log_tail", "config", "base_config")
    mails = Prefetch("mails", Message.objects.defer("body"))
    rows = rows.defer(*large, "imported_log__packed")
    return visible(rows.prefetch_related(mails), request.user)


def add_evidence(bisection: Bisection) -> None:
    prefetch_related_objects([bisection], Prefetch("revisions", _revisions()))


def revisions(request: HttpRequest) -> QuerySet[Revision]:
    return visible(_revisions(), request.user)


def _revisions() -> QuerySet[Revision]:
    rows = Revision.objects.select_related("kernel")
    rows = rows.defer("config", "completed_config", "preamble", "conclusion")
    return rows.prefetch_related(Prefetch("runs", Run.objects.defer("report")))


def runs(request: HttpRequest) -> QuerySet[Run]:
    rows = Run.objects.select_related("revision")
    large = ("revision__config", "revision__completed_config")
    return visible(rows.defer(*large), request.user)


def patch_tests(request: HttpRequest) -> QuerySet[PatchTest]:
    rows = PatchTest.objects.select_related("bug__tree", "tree", "kernel")
    rows = rows.defer("bug__tree__base_config", "tree__base_config")
    return visible(rows, request.user)


def patch_runs(request: HttpRequest) -> QuerySet[PatchRun]:
    return visible(PatchRun.objects.all(), request.user)


def notes(request: HttpRequest) -> QuerySet[Note]:
    return visible(Note.objects.select_related("author", "bug__tree"), request.user)


def events(of: Bug | Tree) -> QuerySet[Event]:
    """Of what the caller was seen to see."""
    return of.events.select_related("actor")


def messages(request: HttpRequest) -> QuerySet[Message]:
    """Those that the caller may approve."""
    rows = Message.objects.select_related("decided_by", "bug__tree", "digest_of")
    rows = rows.defer("bug__tree__base_config", "digest_of__base_config")
    return kept(rows, request.user)


def stops(request: HttpRequest) -> QuerySet[Stop]:
    """For admins all, for keepers the one that counts now, if there is any."""
    rows = Stop.objects.select_related("by", "lifted_by")
    if is_admin(request.user):
        return rows
    return rows.filter(lifted=None) if keeps_any(request.user) else rows.none()
