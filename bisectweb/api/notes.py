"""Calls about the notes of bugs."""

from __future__ import annotations

from typing import Annotated

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from bisectweb.access import may_keep
from bisectweb.api import rows
from bisectweb.api.bearer import caller
from bisectweb.api.errors import REFUSALS, Error, replies
from bisectweb.api.filing import FILING
from bisectweb.api.paging import Id, Page, Paging, page_of
from bisectweb.api.throttle import count_added
from bisectweb.facts import NoteFacts, note_facts
from bisectweb.models import Bug
from bisectweb.views.access import visible_or_404
from bisectweb.views.notes import NOT_YOURS
from bisectweb.workflow.noting import LONGEST, add_note, delete_note

router = Router(tags=["notes"])
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class NoteIn(Schema):
    """What you say of a bug."""

    text: Text = Field(..., description="In Markdown.")


@router.get("/bugs/{pk}/notes", response=replies(Page[NoteFacts]))
def note_list(request: HttpRequest, pk: Id, paging: Query[Paging]) -> Page[NoteFacts]:
    """The notes on a bug, the newest first."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    return page_of(rows.notes(request).filter(bug=bug), paging, request, note_facts)


@router.post("/bugs/{pk}/notes", response=replies(NoteFacts, 201), **FILING)
def write_note(request: HttpRequest, pk: Id, body: NoteIn) -> Status[NoteFacts]:
    """Write a note on a bug, in Markdown."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    count_added(request)
    note = add_note(bug, body.text, caller(request))
    return Status(201, note_facts(note))


@router.delete("/notes/{pk}", response={204: None, REFUSALS: Error}, **FILING)
def delete_own_note(request: HttpRequest, pk: Id) -> Status[None]:
    """Delete a note of yours, or one in a tree that you maintain."""
    note = get_object_or_404(rows.notes(request), pk=pk)
    if note.author != caller(request) and not may_keep(request.user, note.bug.tree):
        raise PermissionDenied(NOT_YOURS)
    delete_note(note, caller(request))
    return Status(204, None)
