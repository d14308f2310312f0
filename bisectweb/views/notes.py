"""Notes on the page of a bug: signed-in people write them; their authors and the keepers of the
tree delete them.
"""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from bisectweb.access import may_keep
from bisectweb.models import Bug, Note
from bisectweb.views.access import ENOUGH, may_add, person, visible_or_404
from bisectweb.workflow.noting import add_note, delete_note
from runner.errors import InputError

NOT_YOURS = "Its author and the tree's maintainers can delete a note."


@require_POST
@login_required
def note_new(request: HttpRequest, pk: int) -> HttpResponse:
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    if not may_add(request):
        notices.error(request, ENOUGH)
        return redirect(f"{bug.get_absolute_url()}#notes")
    try:
        add_note(bug, request.POST.get("text", ""), person(request))
    except InputError as error:
        notices.error(request, f"Nothing was written: {error}.")
    return redirect(f"{bug.get_absolute_url()}#notes")


@require_POST
@login_required
def note_delete(request: HttpRequest, pk: int) -> HttpResponse:
    note = visible_or_404(request, Note.objects.select_related("bug__tree"), pk=pk)
    if note.author != person(request) and not may_keep(request.user, note.bug.tree):
        raise PermissionDenied(NOT_YOURS)
    delete_note(note, person(request))
    return redirect(f"{note.bug.get_absolute_url()}#notes")
