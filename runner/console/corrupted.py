"""Whether a report has holes, or parts of something else in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.console.frames import BEGINS, FRAME

MERGED = re.compile(r"\[ *\d+\.\d+\]")
"""A time in the middle of a title: two lines became one."""
TRACED = re.compile(r"Call [Tt]race|[Bb]acktrace")
BROKEN = re.compile(r"(?:slab|pool) index \d+ out of bounds \(\d+\) for stack id")
"""The kernel's store of stacks is asked for one that it never had: the report has no origin."""
NEAR = 15
"""Lines behind the beginning of a stack that have to have a frame in them."""
LEFT = 3
"""Lines that there are at least from the beginning of a stack on."""


def is_corrupted(title: str, lines: Sequence[str], *, trace: bool) -> bool:
    """`trace`: whether crashes of this kind print a stack trace."""
    if MERGED.search(title) or any(BROKEN.search(line) for line in lines):
        return True
    if not trace:
        return False
    begins = [number for number, line in enumerate(lines) if BEGINS.search(line)]
    if not begins:
        return sum(FRAME.match(line) is not None for line in lines) < LEFT
    return not all(_has_frames(lines, number) for number in begins)


def _has_frames(lines: Sequence[str], begin: int) -> bool:
    if len(lines) - begin < LEFT:
        return False
    for line in lines[begin + 1 : begin + 1 + NEAR]:
        if BEGINS.search(line):
            return False
        if "(stack is not available)" in line or "<Same stack as pid" in line or FRAME.match(line):
            return True
    return False
