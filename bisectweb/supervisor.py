"""Keeps a `qcluster` alive: its workers can wedge when one of them is killed (django-q2, 23).

The cluster runs below the guard of `runner.process`, so it and all that it started die with us.
It is asked for a sign of life all the time; when none comes, it is killed and started anew. What
its workers had in hand is claimed again when their leases end.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from math import inf
from types import FrameType
from typing import NoReturn

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from bisectweb import queue, workflow
from bisectweb.holding import QUEUE
from bisectweb.machine import facts
from bisectweb.models import Heartbeat, Worker
from runner.errors import InfraError, InputError
from runner.process import Child, Command, service

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5
FACTS_SECONDS = 60
SILENCE = timedelta(seconds=30)
"""A working cluster answers within a second, or its workers renew a lease every two."""


class Stopped(Exception):
    """A signal asked us to stop."""


def stop_on_signals() -> None:
    """Turn SIGTERM and Ctrl-C into `Stopped`, so that everything is cleaned up on the way out."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


class Supervisor:
    """One cluster and the sweep."""

    def __init__(self) -> None:
        self.cluster = ExitStack()
        self.child: Child | None = None
        self.told = -inf
        """When the machine was last looked at, by the monotonic clock."""

    @contextmanager
    def running(self) -> Iterator[Supervisor]:
        self._start()
        try:
            yield self
        finally:
            self.cluster.close()

    def watch(self) -> NoReturn:
        """Look after the cluster and wake what waits, for ever."""
        while True:
            try:
                self._tell()
                workflow.sweep()
                queue.ask_for_beat()
                self._check()
            except DatabaseError as error:
                # A database that is away comes back; who restarts it needs us alive.
                logger.warning("the database does not answer: %s", error)
            time.sleep(SWEEP_SECONDS)

    def _tell(self) -> None:
        """That this machine's runner is alive, and now and then what the machine is like."""
        changes: dict[str, object] = {"at": timezone.now(), "slots": settings.SLOTS}
        if time.monotonic() - self.told > FACTS_SECONDS:
            self.told = time.monotonic()
            try:
                changes["facts"] = facts()
            except (OSError, InfraError, InputError) as error:
                logger.warning("cannot look at this machine: %s", error)
        Worker.objects.filter(name=settings.WORKER).update(**changes)

    def _check(self) -> None:
        assert self.child is not None
        if (status := self.child.wait(0)) is not None:
            logger.error("the queue ended with status %s; starting it again", status)
            self._start()
        elif not Heartbeat.objects.filter(at__gt=timezone.now() - SILENCE).exists():
            logger.error("the queue has been silent for %s; starting it again", SILENCE)
            self._start()

    def _start(self) -> None:
        self.cluster.close()
        Heartbeat.beat(QUEUE)
        Worker.objects.filter(pk=Worker.here().pk).update(since=timezone.now())
        argv: Command = [sys.executable, settings.BASE_DIR / "manage.py", "qcluster"]
        self.child = self.cluster.enter_context(service(argv, env=os.environ))
