"""What a page that follows its bisection needs: has anything changed, and how long will it take?"""

from __future__ import annotations

from hashlib import sha256

from django.db.models import Count
from django.utils import timezone

from bisectweb.models import Bisection, Standing

RANGE = (0.28, 1.36)
"""Of four searches in five what they really took was between these times what they had expected:
measured at each step of 84 made-up ones (`docs/search.md`).
"""
LONG = 120.0
"""Minutes from which hours are said."""
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
    """`5 to 36 minutes`: what the search expected at its latest step, with what it is usually
    wrong by, less what has gone by; empty: nobody knows.
    """
    if not bisection.is_active or latest is None or latest.minutes_left is None:
        return ""
    gone = (timezone.now() - latest.at).total_seconds() / 60
    low, high = (max(1.0, share * latest.minutes_left - gone) for share in RANGE)
    if high > LONG:
        return f"{low / 60:.1f} to {high / 60:.1f} hours"
    return f"{low:.0f} to {max(2.0, high):.0f} minutes"


def marker(bisection: Bisection, is_silent: bool, place: int | None) -> str:
    """Equal as long as the page would show the same, but for what counts seconds."""
    own = [getattr(bisection, name) for name in MARKED]
    rows = bisection.revisions.order_by("pk").annotate(count=Count("runs"))
    tested = list(rows.values_list("pk", "state", "verdict", "built", "runs_wanted", "count"))
    return sha256(repr((own, is_silent, place, tested)).encode()).hexdigest()[:16]
