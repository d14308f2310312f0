"""The part of a console log that a page shows: pure, and bounded whatever the log holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runner.symbols.report import without_places

# A page of more lines takes a browser seconds to lay out; the raw log is one link away.
LIMIT = 2000
# The same for one line: a guest can print megabytes without a line break.
WIDTH = 2000

# What printk puts before a line: level, time, and the task or processor with CONFIG_PRINTK_CALLER.
PREFIX = re.compile(r"^(?:<\d+>)?(?:\[\s*\d+\.\d+\])?(?:\[\s*[TC]\d+\])?\s*")


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """Counted from 1 in the whole log, whatever part is shown."""
    text: str
    crash: bool
    """Belongs to the crash report."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    lines: list[Line]
    total: int

    @property
    def is_cut(self) -> bool:
        return len(self.lines) < self.total

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def first_crash(self) -> Line | None:
        return next((line for line in self.lines if line.crash), None)


def excerpt(log: Sequence[str], report: str, limit: int = LIMIT) -> Excerpt:
    """At most `limit` lines of the log: those around its crash, or else its last ones."""
    crash = crash_lines(log, report)
    if crash:
        begin = max(0, min(min(crash) - limit // 4, len(log) - limit))
    else:
        begin = max(0, len(log) - limit)
    shown = range(begin, min(begin + limit, len(log)))
    return Excerpt([Line(at + 1, shorten(log[at]), at in crash) for at in shown], len(log))


def crash_lines(log: Sequence[str], report: str) -> set[int]:
    """The places in the log that the crash report was taken from; empty if there is none.

    A report has no time stamps, but places in the source that the console has not, and it may
    leave out lines that other processors wrote in between.
    """
    told = without_places(report).splitlines()
    wanted = [bare(line) for line in told if bare(line)]
    if not wanted:
        return set()
    starts = [at for at, line in enumerate(log) if bare(line) == wanted[0]]
    reach = 2 * len(wanted)
    members = frozenset(wanted)
    found = [
        {at for at in range(start, min(start + reach, len(log))) if bare(log[at]) in members}
        for start in starts
    ]
    return max(found, key=len, default=set())


def bare(line: str) -> str:
    return PREFIX.sub("", line).strip()


def shorten(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    return f"{line[:WIDTH]} ... ({len(line) - WIDTH} characters more in the raw log)"
