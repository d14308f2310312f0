"""Limits on how often somebody does one thing: they count in the database, so that they are what
they say however many processes there are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bisectweb.models import Allowance


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times in each stretch of the clock, such as each minute."""

    what: str
    most: int
    per: timedelta

    def end(self, now: datetime) -> datetime:
        """When the stretch that it is now is over."""
        seconds = self.per.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


def take(limit: Limit, whose: object, times: int = 1) -> bool:
    """Whether somebody may do it so many times more now; it counts if they may."""
    now = timezone.now()
    end = limit.end(now)
    named = f"{limit.what}\0{whose}\0{end.isoformat()}"
    with transaction.atomic():
        row, is_new = Allowance.objects.get_or_create(
            key=hashlib.sha256(named.encode()).hexdigest(), defaults={"ends": end}
        )
        free = Allowance.objects.filter(pk=row.pk, used__lte=limit.most - times)
        may = bool(free.update(used=F("used") + times))
    if is_new:
        Allowance.objects.filter(ends__lt=now).delete()
    return may
