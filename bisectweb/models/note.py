"""What people write on the page of a bug."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bisectweb.models.bug import Bug


class Note(models.Model):
    """One remark, in Markdown."""

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    text = models.TextField(max_length=10_000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
