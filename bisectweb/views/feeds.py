"""Atom feeds of new culprits: all of them, those of a tree, those of a subsystem.

What a search found here; imported bisections are no news. What was marked invalid is gone, and a
doubted or judged culprit says so in its entry, which counts as updated then.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.views.decorators.http import conditional_page, require_safe

from bisectweb.access import visible
from bisectweb.models import Bug, Culprit, Tree

ENTRIES = 50
NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no XML can hold."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Feed(Atom1Feed):
    """Atom; one without entries is as old as can be, so that it stays the same."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=NEVER)


def culprits(request: HttpRequest) -> QuerySet[Culprit]:
    rows = Culprit.objects.filter(bisection__imported=False, bisection__invalidated=None)
    joined = rows.select_related("bisection__bug__tree", "bisection__score")
    large = ("log_head", "log_found", "log_tail", "config", "base_config", "prior", "suspects")
    joined = joined.defer(
        *(f"bisection__{name}" for name in large),
        *("bisection__bug__words", "bisection__bug__tree__base_config", "people"),
    )
    return visible(joined, request.user).order_by("-pk")


@require_safe
@conditional_page
def culprit_feed(request: HttpRequest) -> HttpResponse:
    return answer(request, "New culprits", "/", "culprits", culprits(request))


@require_safe
@conditional_page
def tree_feed(request: HttpRequest, name: str) -> HttpResponse:
    tree = get_object_or_404(visible(Tree.objects.defer("base_config"), request.user), name=name)
    rows = culprits(request).filter(bisection__bug__tree=tree)
    title = f"New culprits in {tree.name}"
    return answer(request, title, tree.get_absolute_url(), f"trees/{tree.pk}", rows)


@require_safe
@conditional_page
def subsystem_feed(request: HttpRequest, name: str) -> HttpResponse:
    if not visible(Bug.objects.filter(in_subsystems__name=name), request.user).exists():
        raise Http404("No bug that you may see is in this subsystem.")
    rows = culprits(request).filter(bisection__bug__in_subsystems__name=name)
    return answer(request, f"New culprits in {name}", "/", f"subsystems/{name}", rows)


def answer(
    request: HttpRequest, title: str, page: str, name: str, rows: QuerySet[Culprit]
) -> HttpResponse:
    feed = Feed(
        title=clean(title),
        link=settings.SITE_URL + page,
        description="",
        feed_url=settings.SITE_URL + request.path,
        feed_guid=tag(name),
        language="en-GB",
        author_name="bisectweb",
    )
    for culprit in rows[:ENTRIES]:
        add(feed, culprit)
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    if feed.items:
        response["Last-Modified"] = http_date(feed.latest_post_date().timestamp())
    return response


def add(feed: Feed, culprit: Culprit) -> None:
    bisection = culprit.bisection
    found = bisection.ended or bisection.created
    feed.add_item(
        title=clean(f"{culprit.subject}: {bisection.kind} of {bisection.bug.title}"),
        link=settings.SITE_URL + bisection.get_absolute_url(),
        description=clean(summary(culprit)),
        unique_id=tag(f"bisections/{bisection.pk}"),
        pubdate=found,
        updateddate=max(found, culprit.verdict_at or found),
        categories=[clean(bisection.bug.tree.name), *map(clean, bisection.bug.subsystem_names)],
    )


def summary(culprit: Culprit) -> str:
    """How far it can be trusted, in sentences; doubts first."""
    said = [f"Doubted: {words}." for words in culprit.flags]
    if culprit.verdict:
        said.insert(0, f"A person says that it is {culprit.verdict}.")
    if culprit.confidence is not None:
        said.append(f"Confidence {culprit.confidence:.1%} {culprit.meaning}.")
    said.append("Verified." if culprit.is_verified else "Not everything about it was verified.")
    return " ".join([*said, f"{culprit.sha} in {culprit.bisection.bug.tree.name}."])


def tag(name: str) -> str:
    """An id that stays the same wherever the pages move to (RFC 4151)."""
    return f"tag:{settings.MAIL_DOMAIN},2026:{name}"


def clean(text: str) -> str:
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
