"""Calls about kernels, and about commits across bisections."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from bisectweb.access import visible
from bisectweb.api.errors import TEXT, replies
from bisectweb.api.paging import Page, Paging, page_of
from bisectweb.facts import (
    CommitFacts,
    KernelDetails,
    KernelFacts,
    commit_facts,
    kernel_details,
    kernel_facts,
)
from bisectweb.labs import kernel_cache
from bisectweb.models import Kernel
from bisectweb.views import commits, kernels
from runner.building.kernels import KEPT

router = Router()
Key = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class KernelFilter(Schema):
    """Which kernels."""

    kept: bool = Field(False, description="Only those in the cache of this machine.")


class KernelPage(Page[KernelFacts]):
    """A part of the list, and what the cache of this machine holds."""

    kept_count: int
    kept_bytes: int
    kept_limit: int
    """The largest number of kernels that are kept."""


@router.get("/kernels", response=replies(KernelPage), tags=["kernels"])
def kernel_list(
    request: HttpRequest, asked: Query[KernelFilter], paging: Query[Paging]
) -> KernelPage:
    """Kernels, the newest first."""
    listing = kernel_cache().listing()
    rows = visible(Kernel.objects.all(), request.user)
    if asked.kept:
        rows = rows.filter(key__in=listing)
    page = page_of(rows, paging, request, lambda kernel: kernel)
    return KernelPage(
        items=[facts(one) for one in kernels.built(request, page.items, listing)],
        next=page.next,
        previous=page.previous,
        kept_count=len(listing),
        kept_bytes=sum(kept.size for kept in listing.values()),
        kept_limit=KEPT,
    )


def facts(built: kernels.Built) -> KernelFacts:
    return kernel_facts(built.kernel, built.revisions, built.cached, built.kept)


@router.get("/kernels/{key}", response=replies(KernelDetails), tags=["kernels"])
def kernel_detail(request: HttpRequest, key: Key) -> KernelDetails:
    """A kernel; at most the newest 50 of its revisions, and of those that are the same."""
    kernel = kernels.one_of(request, key)
    [built] = kernels.built(request, [kernel], kernel_cache().listing())
    same = kernels.twins(request, kernel)[: kernels.PAGE]
    return kernel_details(facts(built), same, kernels.users(request, kernel)[: kernels.PAGE])


@router.get("/kernels/{key}/config", tags=["kernels"], **TEXT)
def kernel_config(request: HttpRequest, key: Key) -> HttpResponse:
    """The config that a kernel was built with, while it is kept."""
    return kernels.kernel_config(request, key)


@router.get("/commits/{sha}", response=replies(CommitFacts), tags=["commits"])
def commit_detail(request: HttpRequest, sha: Sha) -> CommitFacts:
    """A commit, by seven digits or more: at most the newest 50 of its revisions."""
    revisions = list(commits.with_evidence(commits.tested(request, sha))[: commits.PAGE])
    if not revisions:
        raise Http404("No bisection that you may see has tested this commit.")
    return commit_facts(sha, revisions, commits.blamed(request, sha))
