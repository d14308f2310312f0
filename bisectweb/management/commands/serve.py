"""`manage.py serve`: the web server and the runner, ready to use."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bisectweb.serving import serving
from bisectweb.supervisor import Stopped, stop_on_signals
from runner.errors import InfraError

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Serve the pages and work on bisections until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals()
        try:
            with serving(options["host"], options["port"]) as failed:
                self.stderr.write(f"serving on http://{options['host']}:{options['port']}/")
                failed.wait()
                raise CommandError("cannot keep the service running; its last words are above")
        except Stopped:
            self.stderr.write("stopped")
        except InfraError as error:
            raise CommandError(str(error)) from error
