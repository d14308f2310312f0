"""The machines that do the work."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

SILENCE = timedelta(minutes=1)
"""A runner shows a sign of life every few seconds."""


class Worker(models.Model):
    """A machine whose runner works on bisections, in one slot or several."""

    name = models.CharField(max_length=100, unique=True)
    # The last sign of life of its runner, and when that runner started.
    at = models.DateTimeField()
    since = models.DateTimeField()
    slots = models.PositiveSmallIntegerField(default=1)
    # What it says of itself: `bisectweb.machine.Facts`.
    facts = models.JSONField(default=dict, blank=True)
    # While this is set it takes nothing more; what it has in hand it finishes.
    drained = models.DateTimeField(null=True, blank=True)
    drained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    drain_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def here(cls) -> Worker:
        """This machine's."""
        now = timezone.now()
        begun = {"at": now, "since": now, "slots": settings.SLOTS}
        return cls.objects.get_or_create(name=settings.WORKER, defaults=begun)[0]

    @property
    def is_silent(self) -> bool:
        return self.at < timezone.now() - SILENCE
