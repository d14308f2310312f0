"""The web server and the runner as two programs that live and die with us."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command

from runner.process import Child, service

THREADS = 4


@dataclass(frozen=True, slots=True)
class Services:
    """What runs, by name."""

    children: Mapping[str, Child]

    def ended(self) -> str:
        """The name of the first program that is no longer running; empty when all are."""
        return next(
            (name for name, child in self.children.items() if child.wait(0) is not None), ""
        )


@contextmanager
def serving(host: str, port: int) -> Iterator[Services]:
    """Both programs, on an up-to-date database, until the context is left."""
    call_command("migrate", verbosity=0)
    # Unless somebody says how we are seen from outside, links lead to this very address.
    env = {"BISECTWEB_URL": f"http://{host}:{port}", **os.environ}
    web = [
        *(sys.executable, "-m", "gunicorn", "bisectweb.wsgi:application"),
        *("--bind", f"{host}:{port}", "--threads", str(THREADS), "--log-level", "warning"),
        # Its heartbeat file would wait for a busy disk.
        *("--worker-tmp-dir", "/dev/shm"),
    ]
    runner = [sys.executable, settings.BASE_DIR / "manage.py", "runner"]
    with (
        service(web, env=env, cwd=settings.BASE_DIR) as web_child,
        service(runner, env=env, cwd=settings.BASE_DIR) as runner_child,
    ):
        yield Services({"the web server": web_child, "the runner": runner_child})
