"""`manage.py summarise`: what the list of bugs shows and is searched by, anew for all bugs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.summaries import summarise_all


class Command(BaseCommand):
    help = "Compute what the list shows and is searched by anew, for every bug."

    def handle(self, **options: Any) -> None:
        changed = list(summarise_all())
        self.stdout.write(f"{len(changed)} bugs, {sum(changed)} changed")
