"""The exit statuses that the commands which search share."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    FOUND = 0
    NOT_FOUND = 1
    TROUBLE = 2
    """The question or the machine is at fault."""
