"""Finds where crashes are announced in a console. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from runner.console.formats import IGNORED, OOPSES, REBOOT, SUPPRESSED
from runner.console.shape import Oops
from runner.console.text import LINE_SIZE

HEADERS = tuple(re2.escape(oops.header) for oops in OOPSES)


@dataclass(frozen=True, slots=True)
class Header:
    position: int
    oops: Oops


def first_header(
    log: bytes, start: int = 0, end: int | None = None, *, powered_on: bool = False
) -> Header | None:
    """The first word from `start` on, below `end`, that announces a crash.

    `powered_on`: the log is of a machine from its start to its end, so no boot in it is a crash.
    """
    limit = len(log) if end is None else end
    while found := _pattern(HEADERS).search(log, start, limit):
        position = found.start()
        begin = max(log.rfind(b"\n", 0, position) + 1, position - LINE_SIZE)
        line_end = log.find(b"\n", position, position + LINE_SIZE)
        start = position + LINE_SIZE if line_end < 0 else line_end
        oops = oops_in(log[begin:start].decode("latin-1"))
        if oops and not (powered_on and oops is REBOOT):
            return Header(position, oops)
    return None


def oops_in(line: str) -> Oops | None:
    """The crash that a line announces, if it does."""
    for oops, ignored in _oopses():
        if oops.header in line and not ignored.search(line):
            return oops
    return None


def line_start(log: bytes, position: int) -> int:
    """Where the line begins; of one that is longer than any, not far before the position."""
    return max(log.rfind(b"\n", 0, position) + 1, position - LINE_SIZE // 2)


def suppressed(log: bytes) -> bool:
    """Whether something is said that makes every crash in the log one of no interest."""
    return _pattern(SUPPRESSED).search(log) is not None


@cache
def _pattern(patterns: tuple[str, ...]) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile("|".join(patterns).encode(), options)


@cache
def _oopses() -> tuple[tuple[Oops, re.Pattern[str]], ...]:
    return tuple((oops, re.compile("|".join((*IGNORED, *oops.ignored)))) for oops in OOPSES)
