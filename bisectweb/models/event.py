"""The audit trail of a bug: who did what, when and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bisectweb.models.bug import Bug


class Event(models.Model):
    """One thing that a person or the service did."""

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="events")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text
