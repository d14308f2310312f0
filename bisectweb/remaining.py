"""How long a search may still take, in words, by what it expected when it last looked."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

RANGE = (0.28, 1.36)
"""Of four searches in five what they really took was between these times what they had expected:
measured at each step of 84 made-up ones (`docs/search.md`).
"""
LONG = 120.0
"""Minutes from which hours are said."""


def remaining(expected: float | None, looked: datetime | None) -> str:
    """`5 to 36 minutes`: the minutes that a search expected when it looked, with what it is usually
    wrong by, less what has gone by; empty: nobody knows.
    """
    if expected is None or looked is None:
        return ""
    gone = (timezone.now() - looked).total_seconds() / 60
    low, high = (max(1.0, share * expected - gone) for share in RANGE)
    if high > LONG:
        return f"{low / 60:.1f} to {high / 60:.1f} hours"
    return f"{low:.0f} to {max(2.0, high):.0f} minutes"
