"""How far the result of a bisection can be trusted, judged by its log alone."""

from __future__ import annotations

from django.db import models

from bisectweb.models.bisection import Bisection


class Score(models.Model):
    """What `runner.score` says of a bisection that has ended."""

    class Verdict(models.TextChoices):
        TRUST = "trust"
        DOUBT = "doubt"

    bisection = models.OneToOneField(Bisection, on_delete=models.CASCADE, related_name="score")
    # That the result is right; empty where nobody is named.
    probability = models.FloatField(null=True)
    verdict = models.CharField(max_length=5, choices=Verdict.choices)
    # The tested commit whose verdict is the likeliest to be wrong; empty where none stands out.
    doubtful = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.verdict} bisection {self.bisection_id}"
