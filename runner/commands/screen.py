"""What a person in front of a terminal sees of a bisection, line by line."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TextIO

from runner.evidence_file import Record
from runner.values import Outcome, Sha

MARKS = {Outcome.OK: ".", Outcome.CRASH: "F", Outcome.LOST: "?"}
RED, YELLOW = "31", "33"
SUBJECT = 50
"""Letters of a subject that a line has room for."""
MOST_SUSPECTS = 20


@dataclass
class Screen:
    subject: Callable[[Sha], str]
    out: TextIO = field(default_factory=lambda: sys.stdout)
    _marks: str = field(default="", init=False)
    """The runs on the line that is not ended yet."""
    _blank: bool = field(default=True, init=False)
    """The last line was empty."""

    def says(self, text: str) -> None:
        """A line of its own, without what a commit's message could do to a terminal."""
        self._end_line()
        print(_harmless(text), file=self.out, flush=True)
        self._blank = False

    def asks(self, what: str, why: str) -> None:
        """What is tested next; in one line, unless a terminal is too narrow for it."""
        columns = shutil.get_terminal_size().columns if self.out.isatty() else math.inf
        fits = len(what) + len(why) + 2 <= columns
        self.says(f"{what}: {why}" if fits else f"{what}\n    {why}")

    def gap(self) -> None:
        """An empty line, unless there is one."""
        self._end_line()
        if not self._blank:
            print(file=self.out, flush=True)
        self._blank = True

    def ended(self, record: Record) -> None:
        """A build or a run."""
        if record.outcome is not None:
            mark = MARKS[record.outcome]
            shown = self._painted(mark, RED) if record.outcome == Outcome.CRASH else mark
            print("" if self._marks else "    ", shown, sep="", end="", file=self.out, flush=True)
            self._marks += mark

    def saw(self) -> None:
        """The end of a batch."""
        if self._marks:
            bad = self._marks.count(MARKS[Outcome.CRASH])
            print(f"  {bad} bad of {len(self._marks)}", end="", file=self.out)
        self._end_line()

    def names(self, sha: Sha) -> str:
        """A commit in a few words."""
        subject = self.subject(sha)
        cut = subject if len(subject) <= SUBJECT else subject[: SUBJECT - 1].rstrip() + "…"
        return f'{sha[:12]} "{cut}"'

    def answers(self, text: str) -> None:
        """The line that everybody waits for."""
        self._end_line()
        print(self._painted(text, YELLOW), file=self.out, flush=True)
        self._blank = False

    def _end_line(self) -> None:
        if self._marks:
            print(file=self.out, flush=True)
        self._marks = ""

    def _painted(self, text: str, colour: str) -> str:
        coloured = self.out.isatty() and not os.environ.get("NO_COLOR")
        return f"\x1b[{colour}m{text}\x1b[m" if coloured else text


def _harmless(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def lasting(seconds: float) -> str:
    """About how long, in the unit that says it best."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 10 else f"{hours} h"


def percent(chance: float) -> str:
    """Never all of what is only nearly so."""
    if 0.985 <= chance < 1 or chance < 0.0995:
        return f"{math.floor(chance * 1000) / 10:.1f} %"
    return f"{chance * 100:.0f} %"


def total(records: Iterable[Record]) -> str:
    """What all that took."""
    made = list(records)
    revisions = counted(len({one.sha for one in made}), "revision")
    runs = counted(sum(one.outcome is not None for one in made), "run")
    return (
        f"{revisions}, {runs}, {lasting(sum(one.seconds for one in made))} of building and running"
    )
