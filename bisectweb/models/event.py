"""The audit trail of a bug, a tree or a worker: who did what, when and why."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bisectweb.models.bug import Bug
from bisectweb.models.tree import Tree
from bisectweb.models.worker import Worker


class Event(models.Model):
    """One thing that a person or the service did."""

    # What it is about: one of these.
    bug = models.ForeignKey(Bug, null=True, on_delete=models.CASCADE, related_name="events")
    tree = models.ForeignKey(Tree, null=True, on_delete=models.CASCADE, related_name="events")
    worker = models.ForeignKey(Worker, null=True, on_delete=models.CASCADE, related_name="events")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text

    def save(self, **options: Any) -> None:
        """What is done about a bug is its last activity."""
        super().save(**options)
        if self.bug_id:
            Bug.objects.filter(pk=self.bug_id).update(active=self.at)
