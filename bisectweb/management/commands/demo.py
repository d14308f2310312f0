"""`manage.py demo`: bisect a generated tree for real, and show what came out."""

from __future__ import annotations

import json
import secrets
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from bisectweb import demo
from bisectweb.models import Bisection
from bisectweb.serving import serving
from bisectweb.supervisor import Stopped, stop_on_signals
from runner.errors import InfraError

HOST = "127.0.0.1"
MAIL_SECONDS = 30


class Command(BaseCommand):
    help = "File the bug of a generated tree, bisect it, and print the culprit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path, help="demo.json of a generated tree")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--once", action="store_true", help="end after the result")

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals()
        manifest = demo.Manifest.read(options["manifest"])
        port = free_port(options["port"])
        try:
            with serving(HOST, port) as failed:
                answer = self._demonstrate(manifest, f"http://{HOST}:{port}")
                if not options["once"]:
                    failed.wait()
        except Stopped:
            raise CommandError("stopped") from None
        except InfraError as error:
            raise CommandError(str(error)) from error
        if answer["culprit"] != answer["expected"]:
            sys.exit(1)

    def _demonstrate(self, manifest: demo.Manifest, site: str) -> dict[str, Any]:
        password = secrets.token_urlsafe(9)
        admin = make_admin(password)
        bisection = demo.file(manifest, admin)
        self.stdout.write(f"Bug:       {site}{bisection.bug.get_absolute_url()}")
        self.stdout.write(f"Bisection: {site}{bisection.get_absolute_url()}")
        self.stdout.write(f"Sign in as admin with the password {password}\n\n")
        for line in demo.watch(bisection):
            self.stdout.write(line)
            self.stdout.flush()
        mail = demo.post(bisection, admin, MAIL_SECONDS)
        answer = demo.result(bisection, manifest, mail, site)
        self._summarise(bisection, answer)
        self.stdout.write(json.dumps(answer))
        self.stdout.flush()
        return answer

    def _summarise(self, bisection: Bisection, answer: dict[str, Any]) -> None:
        right = "as planted" if answer["culprit"] == answer["expected"] else "NOT as planted"
        if bisection.state == Bisection.State.FOUND:
            self.stdout.write(f"\nCulprit:   {bisection.culprit} ({right})")
        else:
            self.stdout.write(f"\nNo culprit: {bisection.state}: {bisection.reason}")
        self.stdout.write(f"Page:      {answer['bug_url']}")
        self.stdout.write(f"Mail:      {answer['mail']}\n\n")


def make_admin(password: str) -> User:
    admin, _ = User.objects.get_or_create(
        username="admin", defaults={"is_staff": True, "is_superuser": True}
    )
    admin.set_password(password)
    admin.save(update_fields=["password"])
    return admin


def free_port(wanted: int) -> int:
    """The wanted port, or any free one when somebody else listens there."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError("no free port")
