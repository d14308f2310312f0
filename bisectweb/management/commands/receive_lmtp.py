"""`manage.py receive_lmtp`: takes mails from a mail server, many in one process."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bisectweb.inbound.lmtp import listen


class Command(BaseCommand):
    help = "Receive mails by LMTP until stopped. Each is answered for once it was recorded."

    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--port", type=int, help="port of 127.0.0.1 to listen on")
        place.add_argument("--socket", type=Path, help="Unix socket to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        place: int | Path = options["socket"] or options["port"]
        try:
            asyncio.run(listen(place))
        except OSError as error:
            raise CommandError(f"cannot listen on {place}: {error}") from error
