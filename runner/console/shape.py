"""The shape in which the crashes that a kernel can announce are written down. Pure data.

An `Oops` is a word that begins an announcement, with all the announcements that begin so. A
`Format` is one of them, and the titles it gets. A `Stack` is the way to the function in the title.
`docs/console.md` says how a new one is added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

NAME = r"[a-zA-Z0-9_]+"
FUNC = rf"({NAME})(?:\.|\+)"
"""A function with its offset; what a compiler puts behind its name is left out."""
PC = r"\[<?(?:0x)?[0-9a-f]+>?\]"
"""An address, as older kernels put it before a function."""
SRC = r"(?P<source>[a-zA-Z0-9_/.-]{1,200}\.[a-z]{1,3}:\d+)"
CALLS = r"Call [Tt]race|(?<!stack )[Bb]acktrace(?: \(crc [0-9a-f]*\))?:"
"""The line that announces a stack."""
TRACE = "<trace>"
"""The part of a `Stack` that stands for the frames up to the next stack, or the next part."""
RIP = (
    r"(?:[RE]?IP(?::| is at) ?(?:[0-9a-f]{2,4}:)?|RIP  |NIP |\be?pc ?: |PC is at "
    r"|Krnl PSW : [0-9a-f]+ [0-9a-f]+ \()"
    rf"(?:{PC} *){{0,2}}{FUNC}"
    r"|R?IP: \d+:(?:0x[0-9a-f]+|[^\n]{0,60}\(null\))"
)
"""Where the processor was; also when that is no function of the kernel."""


class Pick(Enum):
    """Which function of a stack names the crash."""

    FIRST = "the innermost one that is not skipped"
    STALL = "the one that the kernel's entry code called: where a loop was is an accident"
    HANG = "the innermost one that is about no lock, or what many victims wait for"


@dataclass(frozen=True, slots=True)
class Stack:
    """The way to the function in the title.

    The lines from the format's title on are read once, part by part. A part is a regular expression
    that is sought; a function in its group is a candidate. `TRACE` takes the functions of the
    frames that follow. Once frames were taken the next `TRACE` makes another function.
    """

    parts: tuple[str, ...]
    otherwise: tuple[str, ...] = ()
    """Parts for the same lines, when the others lead to no function."""
    skip: str = ""
    """Functions that do not name a crash of this kind, beyond those that never do."""
    pick: Pick = Pick.FIRST


@dataclass(frozen=True, slots=True)
class Format:
    """One announcement of a crash. The first line of the report that has any decides."""

    title: str
    """Regular expression, sought in a line that has the header."""
    name: str
    """The title of the crash: named groups of `title` and `report`, and `{frame}`, in words."""
    alt: tuple[str, ...] = ()
    """More names of the same form: crashes that share one are taken for the same bug."""
    report: str = ""
    """What else the report has to have, from that line on; without it the line is the title."""
    stack: Stack | None = None
    trace: bool = True
    """Whether a report of this kind has a stack trace; one without it is corrupted then."""
    corrupted: bool = False
    """Whether the format itself means that the better part of the report is missing."""


@dataclass(frozen=True, slots=True)
class Oops:
    """A word that announces crashes."""

    header: str
    """Sought as it is, anywhere in a line."""
    formats: tuple[Format, ...]
    """Of two that begin at the same place in a line the earlier one decides."""
    ignored: tuple[str, ...] = ()
    """Regular expressions for lines that have the header and announce nothing."""


@cache
def pattern(expression: str) -> re.Pattern[str]:
    """Compiled when it is first needed: most formats never are."""
    return re.compile(expression)


BAD_ACCESS = ("bad-access in {frame}",)
AT_INSTRUCTION = Stack((RIP, CALLS, TRACE))
ON_STACK = Stack((CALLS, TRACE))
LOCKED_AT = rf"at: (?:{PC} +)?{FUNC}"
"""The function that took, or takes, a lock."""
LOCK = Stack((LOCKED_AT, CALLS, TRACE))
CRASHED = Stack((RIP, TRACE), otherwise=(CALLS, TRACE))
"""Newer kernels trap, and the stack begins behind the trap; older ones print the stack."""
STALLED = Stack(
    (r"apic_timer_interrupt|Exception stack|el1h_64_irq", TRACE),
    skip=r"apic_timer_interrupt|rcu",
    pick=Pick.STALL,
)
"""What the timer interrupted is what loops."""
