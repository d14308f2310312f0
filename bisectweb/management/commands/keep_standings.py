"""`manage.py keep_standings`: the charts of bisections that were imported before there were any."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.imports.standings import keep_lacking


class Command(BaseCommand):
    help = (
        "Write where each imported search stood after each of its steps, for those that lack it. "
        "It can be stopped at any time; started again, it goes on."
    )

    def handle(self, **options: Any) -> None:
        kept = 0
        for now in keep_lacking():
            kept = now.kept
            self.stdout.write(f"{now.looked} of {now.of}: {kept} have a chart now")
            self.stdout.flush()
        self.stdout.write(f"{kept} bisections have a chart that had none")
