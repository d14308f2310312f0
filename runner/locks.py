"""Locks between processes of one machine. The kernel frees them when their holder dies."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

from runner.errors import Cancelled, InfraError

LONGEST = 3600.0
"""Seconds: no holder has a reason to keep a lock for longer."""
POLL_SECONDS = 0.1


@contextmanager
def hold(path: Path, cancel: Event | None) -> Iterator[None]:
    """Wait for a lock and hold it."""
    with path.open("w") as file:
        end = time.monotonic() + LONGEST
        while not _taken(file):
            if time.monotonic() > end:
                raise InfraError(f"somebody else has held {path} for too long")
            if (cancel or Event()).wait(POLL_SECONDS):
                raise Cancelled
        yield


@contextmanager
def hold_if_free(path: Path) -> Iterator[bool]:
    """Hold a lock unless somebody else does; whether we do."""
    with path.open("w") as file:
        yield _taken(file)


@contextmanager
def free_slot(folder: Path, count: int) -> Iterator[int | None]:
    """Hold the first free of `count` slots, or None when all are taken.

    A slot is a worktree, an object folder and a share of the cores.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(count):
        with hold_if_free(folder / f"{slot}.lock") as held:
            if held:
                yield slot
                return
    yield None


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
