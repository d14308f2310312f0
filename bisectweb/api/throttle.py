"""A limit for programs that change things in a loop."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

MINUTE = 60


class Writes(BaseThrottle):
    """At most `API_WRITES` changes of a person in each minute of the clock, by each process."""

    def allow_request(self, request: HttpRequest) -> bool:
        key = f"api-writes-{request.user.pk}-{int(time.time() // MINUTE)}"
        cache.add(key, 0, timeout=2 * MINUTE)
        return cache.incr(key) <= settings.API_WRITES

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return MINUTE - time.time() % MINUTE
