"""Limits for programs that change things in a loop."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.throttling import BaseThrottle

from bisectweb.allowances import Limit, take
from bisectweb.views.access import ENOUGH, may_add

MINUTE = timedelta(minutes=1)


class Writes(BaseThrottle):
    """At most `API_WRITES` changes of a person in each minute of the clock."""

    def allow_request(self, request: HttpRequest) -> bool:
        return take(Limit("api", settings.API_WRITES, MINUTE), request.user.pk)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return MINUTE.total_seconds() - time.time() % MINUTE.total_seconds()


def count_added(request: HttpRequest, times: int = 1) -> None:
    """Refuse what is more than one person may add in a day."""
    if not may_add(request, times):
        raise HttpError(429, ENOUGH)
