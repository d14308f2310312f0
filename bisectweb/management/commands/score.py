"""`manage.py score`: the scores of all bisections anew, after a change of the model."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.scores import score_all
from bisectweb.weeks import count_all


class Command(BaseCommand):
    help = "Score every bisection that has ended anew, by its log."

    def handle(self, **options: Any) -> None:
        changed = [is_new for _, is_new in score_all()]
        list(count_all())  # those of imported bisections are by their scores
        self.stdout.write(f"{len(changed)} scored, {sum(changed)} changed")
