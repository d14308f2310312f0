"""The pages of the kernel cache: what was built, what is kept, and what that spared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.access import visible
from bisectweb.labs import kernel_cache
from bisectweb.models import Kernel, Revision
from bisectweb.views.access import visible_or_404
from bisectweb.views.files import plain_text
from runner.building.kernels import KEPT, Kept

PAGE = 50


@dataclass(frozen=True, slots=True)
class Built:
    """A kernel, and what became of it."""

    kernel: Kernel
    kept: Kept | None
    """None when it is no longer in the cache of this machine."""
    revisions: int
    cached: int
    """Revisions that it was not built anew for."""

    @property
    def spared(self) -> float:
        """Seconds of building."""
        return self.cached * self.kernel.seconds


def built(
    request: HttpRequest, kernels: Sequence[Kernel], listing: Mapping[str, Kept]
) -> list[Built]:
    """With the counts of the revisions that the reader may see, in one query."""
    cached = Count("pk", filter=Q(build_cached=True))
    tested = visible(Revision.objects.filter(kernel__in=kernels, taken_from=None), request.user)
    rows = tested.order_by().values("kernel")
    counts = {row["kernel"]: row for row in rows.annotate(all=Count("pk"), cached=cached)}
    none = {"all": 0, "cached": 0}
    return [
        Built(one, listing.get(one.key), said["all"], said["cached"])
        for one in kernels
        for said in [counts.get(one.pk, none)]
    ]


def kernels(request: HttpRequest, listing: Mapping[str, Kept]) -> QuerySet[Kernel]:
    """The newest first: all that were built here, or those that are kept."""
    rows = visible(Kernel.objects.filter(seconds__gt=0).order_by("-pk"), request.user)
    if "kept" in request.GET:
        rows = rows.filter(key__in=listing)
    before = request.GET.get("before", "")
    return rows.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else rows


def page(request: HttpRequest) -> Mapping[str, Any]:
    """One part of the list. Nothing counts all kernels: there may be millions."""
    listing = kernel_cache().listing()
    rows = list(kernels(request, listing)[: PAGE + 1])
    return {
        "kernels": built(request, rows[:PAGE], listing),
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "only_kept": "kept" in request.GET,
        "count": len(listing),
        "size": sum(kept.size for kept in listing.values()),
        "limit": KEPT,
    }


@require_safe
def kernel_list(request: HttpRequest) -> HttpResponse:
    return render(request, "kernels/list.html", page(request))


def one_of(request: HttpRequest, key: str) -> Kernel:
    return visible_or_404(request, Kernel.objects.all(), key=key)


def users(request: HttpRequest, kernel: Kernel) -> QuerySet[Revision]:
    rows = visible(Revision.objects.filter(kernel=kernel), request.user)
    joined = rows.select_related("bisection__bug").order_by("-pk")
    return joined.only("sha", "subject", "role", "verdict", "build_cached", "bisection__bug__title")


def twins(request: HttpRequest, kernel: Kernel) -> QuerySet[Kernel]:
    """Kernels with the same signature: the runs of any of them count for all."""
    if not kernel.signature:
        return Kernel.objects.none()
    same = visible(Kernel.objects.filter(signature=kernel.signature), request.user)
    return same.exclude(pk=kernel.pk).order_by("-pk")


@require_safe
def kernel_detail(request: HttpRequest, key: str) -> HttpResponse:
    kernel = one_of(request, key)
    [found] = built(request, [kernel], kernel_cache().listing())
    context = {
        "built": found,
        "kernel": kernel,
        "revisions": users(request, kernel)[:PAGE],
        "twins": twins(request, kernel)[:PAGE],
    }
    return render(request, "kernels/detail.html", context)


@require_safe
def kernel_config(request: HttpRequest, key: str) -> HttpResponse:
    config = kernel_cache().config(one_of(request, key).key)
    if not config:
        raise Http404("This kernel is no longer in the cache, and its config went with it.")
    return plain_text(config)
