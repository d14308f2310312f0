"""Notes of people on bugs: written, and taken away."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from bisectweb.models import Bug, Event, Note
from runner.errors import InputError

LONGEST = 10_000


def add_note(bug: Bug, text: str, by: User) -> Note:
    """`InputError` where there is nothing in it, or too much."""
    # Browsers count a line's end as one character, and send two.
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not 0 < len(text) <= LONGEST:
        raise InputError(f"a note has 1 to {LONGEST} characters")
    with transaction.atomic():
        note = Note.objects.create(bug=bug, author=by, text=text)
        Event.objects.create(bug=bug, actor=by, text=f"wrote note {note.pk}")
    return note


def delete_note(note: Note, by: User) -> None:
    with transaction.atomic():
        text = f"deleted note {note.pk}"
        Event.objects.create(bug=note.bug, actor=by, text=text)
        note.delete()
