"""The web server and the runner as programs that live and die with us."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from signal import SIGKILL
from threading import Event, Thread

from django.conf import settings
from django.core.management import call_command

from runner.errors import InfraError
from runner.locks import hold_if_free
from runner.process import Child, Command, capture, service

logger = logging.getLogger(__name__)

MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
WEB_PROCESSES = 2
"""Rendering a page is Python's work, and one process of it uses one core."""
WEB_THREADS = 4
"""Of each process."""
COLLECT_SECONDS = 120
LOCK = "serve.lock"
"""Below the data folder, held by whoever serves it; free as soon as that one is dead."""
KILLED = 128 + SIGKILL
SHORT_LIFE = 10.0
"""Seconds: a program that ends sooner cannot work here, and starting it again does not help."""


class Service:
    """One program, started again whenever it ends."""

    def __init__(self, name: str, argv: Command, env: dict[str, str]) -> None:
        self.name, self.argv, self.env = name, argv, env
        self.stack = ExitStack()
        self.child = self.start()

    def start(self) -> Child:
        self.stack.close()
        self.began = time.monotonic()
        return self.stack.enter_context(service(self.argv, env=self.env, cwd=settings.BASE_DIR))

    def revive(self) -> bool:
        """Start it again if it has ended; False when that makes no sense."""
        if (status := self.child.wait(0)) is None:
            return True
        logger.error("%s ended with status %s", self.name, status)
        # One that was killed did not say so: memory was short, or somebody did it.
        if status != KILLED and time.monotonic() - self.began < SHORT_LIFE:
            return False
        self.child = self.start()
        return True


def web_server(host: str, port: int) -> Command:
    """gunicorn, as it serves the pages."""
    return [
        *(sys.executable, "-m", "gunicorn", "bisectweb.preloaded:application"),
        *("--config", "python:bisectweb.listening"),
        *("--bind", f"{host}:{port}", "--log-level", "warning"),
        *("--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
        # What all of them need is loaded once.
        "--preload",
        # Their heartbeat files would wait for a busy disk.
        *("--worker-tmp-dir", "/dev/shm"),
    ]


def collected(env: Mapping[str, str]) -> dict[str, str]:
    """`env` for a web server that serves css and scripts, collected anew, under lasting names."""
    env = {**env, "BISECTWEB_STATIC": str(settings.DATA / "static")}
    collect = [*MANAGE, "collectstatic", "--noinput", "--clear", "--verbosity=0"]
    done = capture(collect, deadline=COLLECT_SECONDS, env=env, cwd=settings.BASE_DIR)
    if not done.succeeded:
        raise InfraError(f"cannot collect css and scripts: {done.stderr.decode()[-500:]}")
    return env


@contextmanager
def serving(host: str, port: int) -> Iterator[Event]:
    """Both programs, on an up-to-date database, until the context is left.

    The event is set when one of them cannot be kept running. `InfraError` when somebody else
    serves this data: each would throw away the css and scripts that the other one serves.
    """
    with hold_if_free(settings.DATA / LOCK) as alone:
        if not alone:
            raise InfraError(f"another program already serves {settings.DATA}")
        with _services(host, port) as failed:
            yield failed


@contextmanager
def _services(host: str, port: int) -> Iterator[Event]:
    call_command("migrate", verbosity=0)
    # Unless somebody says how we are seen from outside, links lead to this very address.
    env = {"BISECTWEB_URL": f"http://{host}:{port}", **os.environ}
    services = [
        Service("the web server", web_server(host, port), collected(env)),
        Service("the runner", [*MANAGE, "runner"], env),
    ]
    stop, failed = Event(), Event()
    keeper = Thread(target=_keep, args=(services, stop, failed), daemon=True)
    keeper.start()
    try:
        yield failed
    finally:
        stop.set()
        keeper.join()
        for one in services:
            one.stack.close()


def _keep(services: list[Service], stop: Event, failed: Event) -> None:
    while not stop.wait(0.5):
        if not all(one.revive() for one in services):
            failed.set()
            return
