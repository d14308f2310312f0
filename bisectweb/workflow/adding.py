"""More crashes of a bug that is known."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from bisectweb.models import Bug, Crash, Event
from bisectweb.summaries import summarise


def add_crash(bug: Bug, *, by: User | None, **given: Any) -> tuple[Crash, bool]:
    """The crash with the fields `given`, and whether it is new: the same one is added once."""
    with transaction.atomic():
        # Two who add the same one take turns.
        Bug.objects.select_for_update(no_key=True).get(pk=bug.pk)
        known = Crash.objects.filter(bug=bug, **given).order_by("pk").first()
        if known is not None:
            return known, False
        crash = Crash.objects.create(bug=bug, **given)
        text = f"added a crash at {crash.commit[:12]}"
        Event.objects.create(bug=bug, actor=by, text=text)
        summarise(bug.pk)
    return crash, True
