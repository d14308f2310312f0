"""Finds where crashes are announced in a console. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from runner.console.formats import IGNORED, OOPSES, REBOOT, SUPPRESSED
from runner.console.shape import Oops, pattern
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

    `powered_on`: the log is of a machine from its start to its end. No boot in it is a crash, nor
    is what a program says in the words of a kernel: a format has to fit.
    """
    limit = len(log) if end is None else end
    while found := _pattern(HEADERS).search(log, start, limit):
        position = found.start()
        begin = max(log.rfind(b"\n", 0, position) + 1, position - LINE_SIZE)
        line_end = log.find(b"\n", position, position + LINE_SIZE)
        start = position + LINE_SIZE if line_end < 0 else line_end
        line = log[begin:start].decode("latin-1")
        oops = oops_in(line)
        if oops and not (powered_on and (oops is REBOOT or not _fits(oops, line))):
            return Header(position, oops)
    return None


def oops_in(line: str) -> Oops | None:
    """The crash that a line announces, if it does."""
    for oops, ignored in _ignored:
        if oops.header in line and not ignored.search(line):
            return oops
    return None


def _fits(oops: Oops, line: str) -> bool:
    return any(pattern(form.title).search(line) for form in oops.formats)


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


_ignored = tuple((oops, re.compile("|".join((*IGNORED, *oops.ignored)))) for oops in OOPSES)
