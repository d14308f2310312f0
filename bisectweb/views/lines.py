"""Lines of a large text file by their numbers; only the part that is asked for is read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Self

STEP = 1 << 20
"""Bytes between two entries of an index."""
WIDTH = 4000
"""Bytes of a line that are read: a guest can print megabytes without a line break."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """Counted from 1 in the whole file."""
    start: int
    """Offset of its first byte in the file."""
    text: str
    left_out: int = 0
    """Bytes of the line that follow the text."""


@dataclass(frozen=True, slots=True)
class LineIndex:
    """Where the lines of a file are, roughly: small however large the file is."""

    breaks: tuple[int, ...]
    """Line breaks before byte k * step, for each k up to the end of the file."""
    total: int
    """Lines of the file."""
    step: int = STEP

    @classmethod
    def of(cls, file: BinaryIO, step: int = STEP) -> Self:
        """Reads the whole file once, `step` bytes at a time."""
        file.seek(0)
        breaks, last = [0], b"\n"
        while block := file.read(step):
            breaks.append(breaks[-1] + block.count(b"\n"))
            last = block[-1:]
        return cls(tuple(breaks), breaks[-1] + (last != b"\n"), step)


@dataclass(frozen=True, slots=True)
class Lines:
    """A file that is open, and its index."""

    file: BinaryIO
    index: LineIndex

    @property
    def total(self) -> int:
        return self.index.total

    def from_number(self, number: int, count: int) -> list[Line]:
        """At most `count` lines, from line `number` on; none beyond the end."""
        if not 1 <= number <= self.total:
            return []
        self.file.seek(self._start(number))
        return list(islice(self._onward(number), count))

    def number_at(self, offset: int) -> int:
        """The number of the line that has the byte at `offset`."""
        step = self.index.step
        block = min(offset // step, len(self.index.breaks) - 1)
        self.file.seek(block * step)
        before = self.file.read(offset - block * step)
        return min(self.index.breaks[block] + before.count(b"\n") + 1, max(1, self.total))

    def _start(self, number: int) -> int:
        """Offset of the line: what follows the line break before it."""
        breaks = number - 1
        if not breaks:
            return 0
        block = bisect_left(self.index.breaks, breaks) - 1
        begin = block * self.index.step
        self.file.seek(begin)
        content = self.file.read(self.index.step)
        rest = content.split(b"\n", breaks - self.index.breaks[block])[-1]
        return begin + len(content) - len(rest)

    def _onward(self, number: int) -> Iterator[Line]:
        """The line that the file stands at, which has this number, and all that follow."""
        start = self.file.tell()
        while head := self.file.readline(WIDTH):
            left_out = 0 if head.endswith(b"\n") else self._skip()
            yield Line(number, start, head.decode("utf-8", "replace").rstrip("\r\n"), left_out)
            start = self.file.tell()
            number += 1

    def _skip(self) -> int:
        """To the next line; how many bytes of this one, without its line break, are passed."""
        passed = 0
        while part := self.file.readline(STEP):
            passed += len(part)
            if part.endswith(b"\n"):
                return passed - 1
        return passed
