"""`manage.py score`: the scores of all bisections anew, after a change of the model."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.scores import score_all


class Command(BaseCommand):
    help = "Score every bisection that has ended anew, by its log."

    def handle(self, **options: Any) -> None:
        changed = [is_new for _, is_new in score_all()]
        self.stdout.write(f"{len(changed)} scored, {sum(changed)} changed")
