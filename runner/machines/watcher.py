"""What a console that is still being written says about its VM. Pure: the time is an argument."""

from __future__ import annotations

import re

from runner.console import first_header
from runner.values import Ended, Machine

CONSOLE_LIMIT = 16 << 20
"""Bytes of console after which a VM is stopped."""
LINE_LIMIT = 4096
"""What is kept of a line that does not end; no header is longer."""
REPORT_QUIET = 3.0
"""Seconds of silence after which a crash report is complete,"""
REPORT_SECONDS = 10.0
"""and seconds that it may take at most."""
EXIT_SECONDS = 5.0
"""How long the guest may take to reset itself after the reproducer."""

# The lines of guest/init.c. They are searched anywhere: what the kernel or the reproducer wrote
# last may not have ended with a newline.
STARTING = re.compile(rb"bisectweb: starting reproducer")
NOT_STARTED = re.compile(rb"bisectweb: reproducer did not start")
EXITED = re.compile(rb"bisectweb: reproducer (exited|killed by signal) (\d{1,3})\D")
REPORT_END = re.compile(
    rb"---\[ end (?:trace|Kernel panic).*\n|^(?:\[.*\] *)?={40,}.*\n", re.MULTILINE
)


class Watcher:
    """Reads a console piece by piece and says when, and how, its run has ended.

    `slowness` stretches every deadline but the reproducer's own.
    """

    def __init__(self, machine: Machine, slowness: float, now: float) -> None:
        self.booted = False
        self.repro_status: int | None = None
        """As a shell would say it: 128 + n when signal n killed the reproducer."""
        self.crashed = False
        self._machine = machine
        self._slowness = slowness
        self._deadline = now + machine.boot_seconds * slowness
        self._started = False
        self._size = 0
        self._line = b""
        self._report_complete = False
        self._report_deadline = 0.0
        self._heard = now

    def feed(self, data: bytes, now: float) -> None:
        """Take what the console wrote."""
        self._size += len(data)
        self._heard = now
        text = self._line + data
        self._line = text[text.rfind(b"\n") + 1 :][-LINE_LIMIT:]
        self._read(text, now)

    def verdict(self, now: float) -> Ended | None:
        """How the run has ended, if it has and its VM is to be stopped."""
        if self._size > CONSOLE_LIMIT:
            return Ended.FLOODED
        if now < self.wake():
            return None
        if self.crashed:
            return Ended.CRASHED
        return Ended.TIMEOUT if self.repro_status is None else Ended.DONE

    def wake(self) -> float:
        """When there is a verdict if nothing is heard until then."""
        if self._report_complete:
            return self._heard
        if self.crashed:
            return min(self._heard + REPORT_QUIET * self._slowness, self._report_deadline)
        return self._deadline

    def end(self) -> Ended:
        """How the run has ended when its VM has ended by itself."""
        if self.crashed:
            return Ended.CRASHED
        return Ended.GONE if self.repro_status is None else Ended.DONE

    def _read(self, text: bytes, now: float) -> None:
        if not self.crashed:
            header = first_header(text, powered_on=True)
            self._read_lines_of_init(text[: header.position] if header else text, now)
            if header is None:
                return
            self.crashed = True
            self._report_deadline = now + REPORT_SECONDS * self._slowness
            text = text[header.position :]
        self._report_complete |= REPORT_END.search(text) is not None

    def _read_lines_of_init(self, text: bytes, now: float) -> None:
        if not self._started and STARTING.search(text):
            self._started = self.booted = True
            self._deadline = now + self._machine.repro_seconds
        if self.booted and NOT_STARTED.search(text):
            self.booted = False
            self._deadline = now + EXIT_SECONDS * self._slowness
        exited = EXITED.search(text)
        if self.booted and self.repro_status is None and exited:
            self.repro_status = int(exited[2]) + (128 if exited[1] != b"exited" else 0)
            self._deadline = now + EXIT_SECONDS * self._slowness
