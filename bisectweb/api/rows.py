"""The rows that calls answer with, in a fixed number of queries, and only those for the caller."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from bisectweb.access import kept, visible
from bisectweb.facts import outlined
from bisectweb.models import Bisection, Bug, Crash, Message, Revision, Run, Tree

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
    """With all their evidence."""
    rows = Bisection.objects.select_related("culprit", "score", "bug")
    rows = rows.defer("log_head", "log_found", "log_tail", "config", "base_config")
    return visible(rows.prefetch_related(Prefetch("revisions", _revisions())), request.user)


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


def messages(request: HttpRequest) -> QuerySet[Message]:
    """Those that the caller may approve."""
    return kept(Message.objects.select_related("decided_by"), request.user)
