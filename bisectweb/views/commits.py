"""The page of a commit: what every bisection that tested it found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bisectweb.access import visible
from bisectweb.models import Culprit, Revision, Run

PAGE = 50
# Fewer digits than git itself shows name too many commits.
PREFIX = re.compile(r"[0-9a-f]{7,64}")
CHOICES = 20
"""Commits to choose from where a prefix names several."""


def named(prefix: str) -> Q:
    """Rows whose `sha` begins so: as a range, which every database has the index for."""
    return Q(sha__gte=prefix, sha__lt=f"{prefix}g")


def tested(request: HttpRequest, sha: str) -> QuerySet[Revision]:
    """All revisions of this commit that the reader may see, the newest first."""
    if not PREFIX.fullmatch(sha):
        raise Http404("A commit is named by at least seven hexadecimal digits.")
    return visible(Revision.objects.filter(named(sha), taken_from=None), request.user).order_by(
        "-pk"
    )


def with_evidence(rows: QuerySet[Revision]) -> QuerySet[Revision]:
    """With what their page shows, in a fixed number of queries."""
    runs = Run.objects.defer("report")
    joined = rows.select_related("kernel", "bisection__bug__tree")
    large = ("config", "completed_config", "bisection__log_head", "bisection__log_tail")
    more = ("bisection__config", "bisection__base_config", "bisection__bug__tree__base_config")
    return joined.defer(*large, *more).prefetch_related(Prefetch("runs", runs))


def blamed(request: HttpRequest, sha: str) -> Sequence[Culprit]:
    """The results that name this commit."""
    rows = visible(Culprit.objects.filter(sha=sha), request.user)
    return list(rows.select_related("bisection__bug").order_by("-pk")[:PAGE])


def subjects(rows: QuerySet[Revision]) -> Mapping[str, str]:
    """The commits that a prefix names, at most `CHOICES`, with their subjects."""
    found = rows.order_by("sha").values_list("sha", "subject").distinct()[:CHOICES]
    return dict(found)


@require_safe
def commit_detail(request: HttpRequest, sha: str) -> HttpResponse:
    rows = tested(request, sha)
    commits = subjects(rows)
    if not commits:
        raise Http404("No bisection that you may see has tested this commit.")
    if len(commits) > 1:
        return render(request, "commits/choose.html", {"sha": sha, "commits": commits})
    [full] = commits
    if sha != full:
        return redirect("commit-detail", full)
    page = Paginator(with_evidence(rows), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "commit": page[0], "blamed": blamed(request, sha)}
    return render(request, "commits/detail.html", context)
