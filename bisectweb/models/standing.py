"""Where a search stood after each of its steps: what the chart of a bisection is drawn from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from django.db import models

from bisectweb.models.bisection import Bisection


class Standing(models.Model):
    """One look at the evidence: how likely each part of the range was then.

    Written once, when the search looked; small, as a page must not run the search again. See
    `runner.search.standing` for what the numbers mean.
    """

    bisection = models.ForeignKey(Bisection, on_delete=models.CASCADE, related_name="standings")
    # 0: before any run.
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    commits = models.FloatField()
    # Probabilities of equal parts of the whole range, and of a stretch of it: packed floats.
    whole = models.BinaryField()
    close = models.BinaryField()
    # That stretch, in commits from the old end; nothing where there is no close-up.
    close_start = models.FloatField(null=True)
    close_end = models.FloatField(null=True)
    older = models.FloatField()
    newer = models.FloatField()
    entropy = models.FloatField()
    credible = models.FloatField()
    # What the search expected to take from here on; nothing where it does not say.
    minutes_left = models.FloatField(null=True)
    # Each with sha, subject and probability; without a sha it is a stretch of commits.
    suspects = models.JSONField(default=list)
    # The revisions that were heard of since the standing before, with what their runs say.
    moved = models.JSONField(default=list)
    # What was asked for then: sha, runs and the reason in words.
    asked = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["bisection", "number"], name="one_standing_per_number"),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.bisection}"

    @staticmethod
    def pack(shares: Iterable[float]) -> bytes:
        return array("f", shares).tobytes()

    @property
    def whole_shares(self) -> Sequence[float]:
        return array("f", bytes(self.whole))

    @property
    def close_shares(self) -> Sequence[float]:
        return array("f", bytes(self.close))
