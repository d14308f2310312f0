"""The slots of this machine, as the settings give them."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager

from django.conf import settings

from runner.building.build import MIN_FREE
from runner.locks import free_slot


def lab_slot() -> AbstractContextManager[int | None]:
    """A free slot to build and run in, or None."""
    return free_slot(settings.DATA / "lab" / "slots", settings.SLOTS)


def has_room() -> bool:
    """Whether the disk has room for a build."""
    return shutil.disk_usage(settings.DATA).free >= MIN_FREE
