"""The part of a log that a page shows: bounded whatever the log holds, however long it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bisectweb.models.tested import Booted
from bisectweb.views.lines import Line, Lines
from runner.symbols.report import without_places

LIMIT = 1000
"""Lines on a page: of more a browser takes seconds to lay them out."""
AHEAD = 250
"""Lines before the crash that say how it came about."""

# What printk puts before a line: level, time, and the task or processor with CONFIG_PRINTK_CALLER.
PREFIX = re.compile(r"^(?:<\d+>)?(?:\[\s*\d+\.\d+\])?(?:\[\s*[TC]\d+\])?\s*")
# What compilers, linkers and make say of what stops a build.
TROUBLE = re.compile(r"\berror\b:|\*\*\* |\bundefined reference to\b|^(?:ERROR|FAILED):", re.I)


@dataclass(frozen=True, slots=True)
class Shown:
    number: int
    text: str
    marked: bool
    """Belongs to what the log is opened for: the crash, or what stopped a build."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    lines: list[Shown]
    total: int
    """Lines of the whole log."""
    crash: int | None
    """The line that the crash begins with."""

    @property
    def first(self) -> int:
        return self.lines[0].number

    @property
    def last(self) -> int:
        return self.lines[-1].number

    @property
    def is_cut(self) -> bool:
        return len(self.lines) < self.total

    @property
    def has_crash(self) -> bool:
        """Whether the crash begins in this part."""
        return self.crash is not None and self.first <= self.crash <= self.last

    @property
    def earlier(self) -> int | None:
        """Where the part before this one begins; None at the beginning."""
        return max(1, self.first - LIMIT) if self.first > 1 else None

    @property
    def later(self) -> int | None:
        """Where the part after this one begins; None at the end."""
        return self.last + 1 if self.last < self.total else None

    @property
    def ending(self) -> int:
        """Where the last part begins."""
        return max(1, self.total - LIMIT + 1)

    @property
    def opening(self) -> int:
        """Where the part with the crash begins."""
        return max(1, min((self.crash or 1) - AHEAD, self.ending))


def run_excerpt(run: Booted, lines: Lines, begin: int | None) -> Excerpt:
    """A part of its console from line `begin` on; None: where it crashed, or else the end."""
    if run.crash_end <= run.crash_start:
        return _excerpt(lines, begin, None, lambda line: False)
    told = {bare(line) for line in without_places(run.report).splitlines()} - {""}

    def marked(line: Line) -> bool:
        # Other processors write in between, and the report leaves that out.
        return run.crash_start <= line.start < run.crash_end and bare(line.text) in told

    return _excerpt(lines, begin, lines.number_at(run.crash_start), marked)


def build_excerpt(lines: Lines, begin: int | None) -> Excerpt:
    """A part of a build log from line `begin` on; None: the end."""
    return _excerpt(lines, begin, None, lambda line: bool(TROUBLE.search(line.text)))


def _excerpt(
    lines: Lines, begin: int | None, crash: int | None, marked: Callable[[Line], bool]
) -> Excerpt:
    nothing_yet = Excerpt([], lines.total, crash)
    if begin is None or begin > lines.total:
        begin = nothing_yet.opening if crash and begin is None else nothing_yet.ending
    read = lines.from_number(begin, LIMIT)
    shown = [Shown(line.number, _with_rest(line), marked(line)) for line in read]
    return Excerpt(shown, lines.total, crash)


def bare(line: str) -> str:
    return PREFIX.sub("", line).strip()


def _with_rest(line: Line) -> str:
    if not line.left_out:
        return line.text
    return f"{line.text} ... ({line.left_out} bytes more in the raw log)"
