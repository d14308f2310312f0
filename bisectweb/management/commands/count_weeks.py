"""`manage.py count_weeks`: what the statistics add up, anew for all weeks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.weeks import count_all


class Command(BaseCommand):
    help = "Count what the statistics show anew, from all bisections that have ended."

    def handle(self, **options: Any) -> None:
        weeks = list(count_all())
        self.stdout.write(f"{len(weeks)} weeks of trees counted")
