"""Hold a lease while long work goes on, and learn at once when it is lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from django.db import OperationalError, connection
from django.db.models import Q

from bisectweb.models import Heartbeat
from bisectweb.models.lease import HEARTBEAT_SECONDS, LEASE, Leased

logger = logging.getLogger(__name__)

QUEUE = "queue"
"""The heartbeat that says that tasks are being worked on."""


class LeaseLost(Exception):
    """Somebody else has the row now, or it was cancelled: nothing more may be written."""


@contextmanager
def holding(row: Leased, token: str, claimable: Q) -> Iterator[Event]:
    """Renew the lease from a thread. The event is set when the work must stop."""
    stop, cancel = Event(), Event()
    thread = Thread(target=_keep, args=(row, token, claimable, stop, cancel), daemon=True)
    thread.start()
    try:
        yield cancel
    finally:
        stop.set()
        thread.join()


def _keep(row: Leased, token: str, claimable: Q, stop: Event, cancel: Event) -> None:
    renewed = monotonic()
    try:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                if not row.renew(token, claimable):
                    cancel.set()
                    return
                renewed = monotonic()
                Heartbeat.beat(QUEUE)
            except OperationalError as error:
                logger.warning("cannot renew a lease: %s", error)
            if monotonic() - renewed > LEASE.total_seconds():
                # Somebody else may have the row by now.
                cancel.set()
                return
    finally:
        connection.close()
