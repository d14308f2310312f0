"""Gathers the lines of one crash from a console on which others write, too. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.console.frames import FRAME
from runner.console.headers import oops_in
from runner.console.text import Line, lines

ENOUGH = 22
"""Lines behind which a panic, or a splat of lockdep, is a consequence and only makes it longer."""
PANIC = "Kernel panic - not syncing"
SPLAT = "possible circular locking dependency detected"


@dataclass(frozen=True, slots=True)
class Report:
    lines: Sequence[str]
    """What the crash's own task or processor wrote, from the header on."""
    own: int
    """How many of the lines come before another crash is announced."""
    end: int
    """Where the last line ends."""
    panicked: bool


def gather(log: str) -> Report:
    """The report whose header is in the first line; positions are those of `log`."""
    first, *rest = lines(log)
    own = [first, *_of_context(rest, first.context)]
    return Report(
        [line.text for line in _without_consequences(own)],
        _next_crash(own),
        own[-1].end,
        any(PANIC in line.text for line in (first, *rest)),
    )


def _of_context(rest: Sequence[Line], context: str) -> Iterator[Line]:
    """The lines of the same writer; other processors belong to it once they were asked."""
    asked = False
    for line in rest:
        if line.context == context or (asked and line.context.startswith("C")):
            if not line.doubtful:
                yield line
            asked |= "Sending NMI" in line.text


def _without_consequences(own: Sequence[Line]) -> Sequence[Line]:
    for number, line in enumerate(own[ENOUGH + 1 :], start=ENOUGH + 1):
        if PANIC in line.text or SPLAT in line.text:
            return own[:number]
    return own


def _next_crash(own: Sequence[Line]) -> int:
    """The number of the line that announces another crash, or of all lines.

    What comes before the first stack is of the same oops: `invalid opcode` follows `kernel BUG`.
    """
    traced = False
    for number, line in enumerate(own[1:], start=1):
        if traced and PANIC not in line.text and oops_in(line.text):
            return number
        traced = traced or FRAME.match(line.text) is not None
    return len(own)
