"""Talks with a command that stays open: a question, its whole answer, the next question."""

from __future__ import annotations

import os
import re
import selectors
import threading
import time
from dataclasses import dataclass

from runner.errors import Cancelled, InfraError
from runner.process import CANCEL_SECONDS, CHUNK, Child

ANSWER_LIMIT = 16 << 20
"""Bytes of one answer."""
OVERLAP = 256
"""Bytes before a new piece in which the end of an answer may begin."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The command was started by `runner.process.started` with `talk`; it answers in order."""

    child: Child
    cancel: threading.Event | None = None

    def ask(self, question: bytes, end: re.Pattern[bytes], deadline: float) -> bytes:
        """What the command says until `end` is found in it, after `deadline` seconds at most.

        `InfraError` when it says too much, nothing, or ends; it cannot be talked with any more
        then. `Cancelled` when asked for.
        """
        until = time.monotonic() + deadline
        answer, left = bytearray(), memoryview(question)
        source, sink = self.child.stdout.fileno(), self.child.stdin.fileno()
        os.set_blocking(sink, False)
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            selector.register(sink, selectors.EVENT_WRITE)
            while True:
                self._check(until, len(answer))
                for key, _ in selector.select(CANCEL_SECONDS):
                    if key.fd == source:
                        old = len(answer)
                        answer += self._heard()
                        if end.search(answer, max(0, old - OVERLAP)):
                            return bytes(answer)
                    elif left := left[self._said(left) :]:
                        continue
                    else:
                        selector.unregister(sink)

    def _check(self, until: float, size: int) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled
        if time.monotonic() > until:
            raise InfraError("it does not answer in time")
        if size > ANSWER_LIMIT:
            raise InfraError(f"it says more than {ANSWER_LIMIT >> 20} MiB")

    def _said(self, text: memoryview) -> int:
        try:
            return os.write(self.child.stdin.fileno(), text)
        except BrokenPipeError:
            raise InfraError(self._last_words()) from None

    def _heard(self) -> bytes:
        if data := os.read(self.child.stdout.fileno(), CHUNK):
            return data
        raise InfraError(self._last_words())

    def _last_words(self) -> str:
        said = self.child.errors().decode(errors="replace").strip().splitlines()
        return f"it has ended{': ' + said[-1] if said else ''}"
