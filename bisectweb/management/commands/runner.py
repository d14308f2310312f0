"""`manage.py runner`: the queue's workers, watched and restarted, and the sweep."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bisectweb.supervisor import Stopped, Supervisor, stop_on_signals


class Command(BaseCommand):
    help = "Work on bisections and mails until stopped. Run one on each machine."

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals()
        try:
            with Supervisor().running() as supervisor:
                supervisor.watch()
        except Stopped:
            self.stderr.write("runner stopped")
