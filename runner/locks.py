"""Locks between processes of one machine. The kernel frees them when their holder dies."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from runner.errors import Cancelled, InfraError

LONGEST = 3600.0
"""Seconds: no holder has a reason to keep a lock for longer."""
POLL_SECONDS = 0.1


@contextmanager
def hold(path: Path, cancel: Event | None) -> Iterator[None]:
    """Wait for a lock and hold it."""
    with path.open("w") as file:
        end = time.monotonic() + LONGEST
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise InfraError(f"somebody else has held {path} for too long") from None
            if (cancel or Event()).wait(POLL_SECONDS):
                raise Cancelled
        yield


@contextmanager
def free_slot(folder: Path, count: int) -> Iterator[int | None]:
    """Hold the first free of `count` slots, or None when all are taken.

    A slot is a worktree, an object folder and a share of the cores.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(count):
        with (folder / f"{slot}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield slot
            return
    yield None
