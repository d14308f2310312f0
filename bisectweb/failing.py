"""What is answered when our own side fails: where a person can help, by 503 and in words."""

from __future__ import annotations

import errno
import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
SAID = ("is full", "is locked", "disk I/O error", "No space left on device")
"""By SQLite, and by PostgreSQL of its own disk."""


def is_full_or_busy(error: BaseException | None) -> bool:
    """Whether the disk is what failed, or a database that waits for it or for its other writers."""
    if isinstance(error, OperationalError):
        return any(words in str(error) for words in SAID)
    return isinstance(error, OSError) and error.errno in FULL


def failed(request: HttpRequest) -> HttpResponse:
    """For Django's `handler500`, which it calls while the error is being handled."""
    if is_full_or_busy(sys.exc_info()[1]):
        return render(request, "503.html", status=503)
    return server_error(request)
