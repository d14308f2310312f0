"""The slots of this machine, as the settings give them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings

from runner.locks import free_slot


def lab_slot() -> AbstractContextManager[int | None]:
    """A free slot to build and run in, or None."""
    return free_slot(settings.DATA / "lab" / "slots", settings.SLOTS)
