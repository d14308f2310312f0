"""How often somebody did one thing lately: what limits on people are kept by."""

from __future__ import annotations

from django.db import models


class Allowance(models.Model):
    """Of one person or address, for one thing, in one stretch of time."""

    # A hash of the three: neither what was typed nor where from is kept.
    key = models.CharField(max_length=64, unique=True)
    used = models.PositiveIntegerField(default=0)
    ends = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.used} until {self.ends:%H:%M:%S}"
