"""What a page that follows its bisection needs: has anything changed, and how long will it take?"""

from __future__ import annotations

from hashlib import sha256

from django.db.models import Count

from bisectweb.models import Bisection, Standing
from bisectweb.remaining import remaining

MARKED = (
    "state",
    "activity",
    "activity_since",
    "progress",
    "reason",
    "verifying",
    "invalidated",
    "strain",
    "priority",
)
"""What changes of a bisection's own row while it goes on."""


def left(bisection: Bisection, latest: Standing | None) -> str:
    """As `remaining` says it; empty once it is over."""
    if not bisection.is_active or latest is None:
        return ""
    return remaining(latest.minutes_left, latest.at)


def marker(bisection: Bisection, is_silent: bool, place: int | None) -> str:
    """Equal as long as the page would show the same, but for what counts seconds."""
    own = [getattr(bisection, name) for name in MARKED]
    rows = bisection.revisions.order_by("pk").annotate(count=Count("runs"))
    tested = list(rows.values_list("pk", "state", "verdict", "built", "runs_wanted", "count"))
    return sha256(repr((own, is_silent, place, tested)).encode()).hexdigest()[:16]
