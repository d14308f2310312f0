"""How soon people want an answer: said of a bug, and of each of its bisections."""

from __future__ import annotations

from django.db import models


class Priority(models.IntegerChoices):
    """A bisection's row holds the number, to be sorted by; a bug's the word that people write."""

    LOW = 1, "low"
    NORMAL = 2, "normal"
    HIGH = 3, "high"

    @classmethod
    def of_word(cls, word: str) -> Priority:
        return cls[word.upper()]
