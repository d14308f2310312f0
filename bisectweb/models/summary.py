"""What the list shows of a bug, is searched and sorted by: kept in the bug's own row.

`bisectweb.summaries` computes it; `Event` keeps the last activity.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Subsystem(models.Model):
    """A part of the kernel that bugs are said to be in."""

    name = models.CharField(max_length=700, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Summarised(models.Model):
    """A row with its summary."""

    class Bisected(models.TextChoices):
        """How far the latest bisection is."""

        NONE = "none", "not bisected"
        RUNNING = "running", "running"
        FOUND = "found", "culprit found"
        INCONCLUSIVE = "inconclusive"
        FAILED = "failed"
        CANCELLED = "cancelled"

    latest = models.ForeignKey(
        "bisectweb.Bisection",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    bisected = models.CharField(
        max_length=12, choices=Bisected.choices, default=Bisected.NONE, editable=False
    )
    # Of the latest bisection's culprit; 0 where nobody knows.
    confidence = models.FloatField(default=0, editable=False)
    # What a person says of that culprit: `Culprit.Verdict`.
    judged = models.CharField(max_length=10, blank=True, editable=False)
    has_reproducer = models.BooleanField(default=False, editable=False)
    crash_count = models.PositiveIntegerField(default=0, editable=False)
    active = models.DateTimeField("last activity", default=timezone.now, editable=False)
    # What is searched, in lower case: titles, guilty file, subjects of culprits, fix, subsystems.
    words = models.TextField(blank=True, editable=False)
    # The culprits' shas, with a blank before each, so that the start of one can be looked for.
    commits = models.TextField(blank=True, editable=False)
    # `Bug.subsystems` as rows, to filter by.
    in_subsystems = models.ManyToManyField(Subsystem, related_name="bugs", editable=False)

    class Meta:
        abstract = True
