"""Calls about trees: what is searched there, what waits, what failed; and their levers."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from bisectweb import workflow
from bisectweb.api import rows
from bisectweb.api.bearer import caller
from bisectweb.api.errors import checked, replies
from bisectweb.api.levers import BISECTING, OPERATING, ReasonIn
from bisectweb.api.paging import Id, Page, Paging, Words, page_of
from bisectweb.facts import (
    EventFacts,
    FailureFacts,
    TreeDetails,
    TreeFacts,
    event_facts,
    tree_details,
    tree_facts,
)
from bisectweb.forms import ReasonForm, RequeueForm
from bisectweb.models import Tree
from bisectweb.views import trees
from bisectweb.views.access import kept_or_403, visible_or_404

router = Router(tags=["trees"])
Some = Annotated[list[Id], Field(min_length=1, max_length=RequeueForm.MOST)]


class RequeueIn(Schema):
    """Which bisections go on."""

    bisections: Some = Field(..., description="As `failed` of the tree lists them.")


class Requeued(Schema):
    """How many of them go on: those that had failed."""

    count: int


@router.get("/trees", response=replies(Page[TreeFacts]))
def tree_list(request: HttpRequest, paging: Query[Paging]) -> Page[TreeFacts]:
    """Trees, the newest first."""
    return page_of(rows.trees(request), paging, request, tree_facts)


@router.get("/trees/{path:name}/events", response=replies(Page[EventFacts]))
def tree_events(request: HttpRequest, name: Words, paging: Query[Paging]) -> Page[EventFacts]:
    """Who did what with the tree."""
    tree = visible_or_404(request, Tree.objects.all(), name=name)
    return page_of(rows.events(tree), paging, request, event_facts)


@router.get("/trees/{path:name}/failed", response=replies(list[FailureFacts]))
def tree_failed(request: HttpRequest, name: Words) -> list[FailureFacts]:
    """The last 100 bisections that failed, by their reason; the commonest reason first."""
    tree = visible_or_404(request, Tree.objects.all(), name=name)
    return [
        FailureFacts(reason, [one.pk for one in failed])
        for reason, failed in trees.failures(tree).items()
    ]


@router.post("/trees/{path:name}/pause", response=replies(TreeDetails), **OPERATING)
def pause_tree(request: HttpRequest, name: Words, body: ReasonIn) -> TreeDetails:
    """Begin nothing new of a tree; one that is paused stays as it is."""
    tree = kept_or_403(request, Tree.objects.all(), name=name)
    said = checked(ReasonForm(body.model_dump()))
    workflow.pause(tree, caller(request), said["reason"])
    return details(request, name)


@router.post("/trees/{path:name}/resume", response=replies(TreeDetails), **OPERATING)
def resume_tree(request: HttpRequest, name: Words) -> TreeDetails:
    """Go on with a tree; one that is not paused stays as it is."""
    workflow.resume(kept_or_403(request, Tree.objects.all(), name=name), caller(request))
    return details(request, name)


@router.post("/trees/{path:name}/requeue", response=replies(Requeued), **BISECTING)
def requeue_failed(request: HttpRequest, name: Words, body: RequeueIn) -> Requeued:
    """Let bisections of a tree that failed go on where they were."""
    tree = kept_or_403(request, Tree.objects.all(), name=name)
    return Requeued(count=workflow.requeue_all(tree, body.bisections, caller(request)))


@router.get("/trees/{path:name}", response=replies(TreeDetails))
def tree_detail(request: HttpRequest, name: Words) -> TreeDetails:
    """A tree, with the first 50 bisections of its queue and the latest 10 culprits."""
    return details(request, name)


def details(request: HttpRequest, name: str) -> TreeDetails:
    said = trees.shown(request, name)
    return tree_details(
        said["tree"],
        upstream=said["upstream"],
        keeps=said["keeps"],
        oldest=said["oldest"],
        counts=said["counts"],
        queue=said["queue"],
        culprits=said["latest"],
    )
