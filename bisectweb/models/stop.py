"""The emergency stop of all mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Stop(models.Model):
    """While one of these is not lifted, nothing is sent. All of them are its audit trail."""

    since = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500)
    lifted = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} {self.reason}"

    @classmethod
    def current(cls) -> Stop | None:
        return cls.objects.filter(lifted=None).first()
