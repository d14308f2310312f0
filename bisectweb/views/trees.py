"""The pages of trees: what is searched there, and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb import order
from bisectweb.access import may_keep, sees, visible
from bisectweb.models import Bisection, Culprit, Tree, Worker
from bisectweb.views.access import visible_or_404

QUEUE = 50
LATEST = 10
EVENTS = 20
FAILURES = 100
MANY = 5000
"""Bisections that take longer to count than all else on a page."""
FAMILIES = ("gcc", "clang")


def trees(request: HttpRequest) -> QuerySet[Tree]:
    """Those that the reader sees, by name, without what is large."""
    rows = visible(Tree.objects.defer("base_config"), request.user)
    return rows.select_related("upstream", "paused_by").order_by("name")


def counts(tree: Tree) -> Mapping[str, int]:
    """Its bisections by state, of the states that there are any in; where they are many, as they
    were a minute ago.
    """
    key = f"bisections-by-state-{tree.pk}"
    known: Mapping[str, int] | None = cache.get(key)
    if known is None:
        known = counted(tree)
        if sum(known.values()) > MANY:
            cache.set(key, known, timeout=60)
    return known


def counted(tree: Tree) -> Mapping[str, int]:
    rows = Bisection.objects.filter(bug__tree=tree).order_by().values("state")
    found = {row["state"]: row["count"] for row in rows.annotate(count=Count("pk"))}
    return {state.value: found[state] for state in Bisection.State if state in found}


def oldest_release(tree: Tree) -> str:
    """The oldest release that the workers' compilers can build, by what these tell; empty where
    that is not known, as for a tree that names a compiler of its own.
    """
    if tree.compiler not in FAMILIES:
        return ""
    told = [worker.facts.get("oldest", {}).get(tree.compiler) for worker in Worker.objects.all()]
    return min(filter(None, told), key=lambda name: [int(n) for n in name.split(".")], default="")


def latest(tree: Tree) -> QuerySet[Culprit]:
    """The culprits that were found here last."""
    rows = Culprit.objects.filter(bisection__bug__tree=tree, bisection__imported=False)
    joined = rows.select_related("bisection__bug").order_by("-pk")
    return joined.only("sha", "subject", "confidence", "verdict", "bisection__bug__title")[:LATEST]


@require_safe
def tree_list(request: HttpRequest) -> HttpResponse:
    active = Count("bugs__bisections", filter=Q(bugs__bisections__state__in=Bisection.ACTIVE))
    busy = Tree.objects.filter(bugs__bisections__state__in=Bisection.ACTIVE).annotate(active=active)
    waiting = dict(busy.order_by().values_list("pk", "active"))
    rows = [(tree, waiting.get(tree.pk, 0)) for tree in trees(request)]
    return render(request, "trees/list.html", {"trees": rows})


def shown(request: HttpRequest, name: str) -> dict[str, Any]:
    """What is told of a tree."""
    tree = visible_or_404(request, trees(request), name=name)
    upstream = tree.upstream
    return {
        "tree": tree,
        "upstream": upstream if upstream and sees(request.user, upstream) else None,
        "keeps": may_keep(request.user, tree),
        "queue": order.queued(tree, QUEUE),
        "counts": counts(tree),
        "oldest": oldest_release(tree),
        "latest": latest(tree),
        "events": tree.events.select_related("actor")[:EVENTS],
        "most": QUEUE,
    }


@require_safe
def tree_detail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "trees/detail.html", shown(request, name))


def failures(tree: Tree) -> Mapping[str, Sequence[Bisection]]:
    """The bisections that failed last, by their reason; the commonest reason first."""
    rows = Bisection.objects.filter(bug__tree=tree, state="failed", imported=False)
    found: dict[str, list[Bisection]] = {}
    light = rows.select_related("bug").defer(*order.LARGE, "suspects")
    for bisection in light.order_by("-pk")[:FAILURES]:
        found.setdefault(bisection.reason, []).append(bisection)
    return dict(sorted(found.items(), key=lambda group: -len(group[1])))


@require_safe
def tree_failed(request: HttpRequest, name: str) -> HttpResponse:
    """What failed and why: a list to requeue from."""
    tree = visible_or_404(request, trees(request), name=name)
    context = {
        "tree": tree,
        "keeps": may_keep(request.user, tree),
        "failures": failures(tree),
        "most": FAILURES,
    }
    return render(request, "trees/failed.html", context)
