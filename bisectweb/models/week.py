"""What came of the bisections of a tree, week by week: counts that statistics add up."""

from __future__ import annotations

from django.db import models

from bisectweb.models.tree import Tree


class Week(models.Model):
    """Of the bisections that ended in it and were equally sure of their culprit.

    `bisectweb.weeks` counts them. Imported bisections say nothing of us and have weeks of their
    own, those in which they were imported; what somebody cancelled is in none.
    """

    class Sure(models.TextChoices):
        """How sure a search was; the first is where it may name a culprit, the third where doubt
        begins. Of an imported one, its score.
        """

        CERTAIN = "0.99", "99 % or more"
        LIKELY = "0.9", "90 to 99 %"
        FAIR = "0.66", "66 to 90 %"
        DOUBTFUL = "0", "below 66 %"
        UNKNOWN = "unknown", "not known"
        NOBODY = "nobody", "no culprit"

    tree = models.ForeignKey(Tree, on_delete=models.CASCADE, related_name="weeks")
    monday = models.DateField()
    imported = models.BooleanField(default=False)
    sure = models.CharField(max_length=7, choices=Sure.choices)
    inconclusive = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # Culprits, by what people say of them.
    confirmed = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    unjudged = models.PositiveIntegerField(default=0)
    # Of all these bisections: from start to end, waiting included.
    minutes = models.FloatField(default=0)
    builds = models.PositiveIntegerField(default=0)
    runs = models.PositiveIntegerField(default=0)
    # Revisions of the search that ran at least twice, and those where only some runs crashed.
    revisions = models.PositiveIntegerField(default=0)
    flaky = models.PositiveIntegerField(default=0)

    JUDGED = ("confirmed", "wrong", "unjudged")
    COUNTS = (*JUDGED, "inconclusive", "failed", "minutes", "builds", "runs", "revisions", "flaky")

    class Meta:
        ordering = ["monday"]
        indexes = [models.Index(fields=["monday"], name="week_monday")]
        constraints = [
            models.UniqueConstraint(
                fields=["tree", "monday", "imported", "sure"], name="one_week_per_tree"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tree_id}, week of {self.monday}, {self.sure}"
