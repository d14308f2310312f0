"""Finds the crashes of a console log, and tells what each is. Pure."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from runner.console.corrupted import is_corrupted
from runner.console.headers import first_header, line_start, suppressed
from runner.console.naming import name_of
from runner.console.report import gather
from runner.console.shape import Oops
from runner.console.text import LINE_SIZE
from runner.console.titles import crash_type, normal
from runner.values import Crash

REPORT_SIZE = 256 << 10
"""Bytes from a header on that are read of a crash."""
MOST = 100
"""Crashes of one log: a kernel that has so many repeats itself."""
BLOCK = 1 << 20
"""Bytes of a stream that are looked through at once."""
HUNG_UP = b"serialport: VM disconnected."
"""What a cloud's serial console says when it is lost, and what was on its way with it."""
FRAME = re.compile(r".* in (<.+>[\w:]*|\w+)")
"""The function in a title: the last one, and the first of two that race."""
END = re.compile(r"---\[ end ")
"""What a kernel prints behind the last line of an oops."""


def find_crash(log: bytes | str, *, powered_on: bool = False) -> Crash | None:
    """The first crash of a console log, by the field's conventions; None when there is none.

    `powered_on`: see `first_header`.
    """
    data = log.encode(errors="surrogateescape") if isinstance(log, str) else log
    return next(read_crashes(io.BytesIO(data), powered_on=powered_on), None)


def crashes(log: bytes) -> Iterator[Crash]:
    """The first crashes of a console log, at most `MOST`.

    One that is announced inside the report of another is a crash of its own.
    """
    return islice(read_crashes(io.BytesIO(log)), MOST)


def read_crashes(stream: BinaryIO, *, powered_on: bool = False) -> Iterator[Crash]:
    """Every crash of a console log of any size, with a few megabytes of it in memory.

    A crash is suppressed by what stands before the end of its report, not by what comes later.
    """
    data, dropped, sought = b"", 0, 0
    hushed = ended = False
    while not ended:
        block = stream.read(BLOCK)
        ended = not block
        data += block
        whole = len(data) if ended else max(data.rfind(b"\n") + 1, len(data) - LINE_SIZE, sought)
        found = first_header(data, sought, whole, powered_on=powered_on)
        while found and (ended or found.position + REPORT_SIZE <= len(data)):
            start = line_start(data, found.position)
            hushed = hushed or suppressed(data[: start + REPORT_SIZE])
            yield _crash(found.oops, data[start : start + REPORT_SIZE], dropped + start, hushed)
            sought = _next_line(data, found.position)
            found = first_header(data, sought, whole, powered_on=powered_on)
        sought = found.position if found else whole
        hushed = hushed or suppressed(data[:sought])
        keep = max(0, line_start(data, sought) - LINE_SIZE)
        data, dropped, sought = data[keep:], dropped + keep, sought - keep


def _next_line(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end + 1


def _crash(oops: Oops, log: bytes, start: int, hushed: bool) -> Crash:
    """The crash that is announced in the first line of `log`, which is at `start`."""
    report = gather(log.decode("latin-1"))
    name = name_of(oops, report.lines)
    title = normal(name.title)
    function = FRAME.match(title)
    alt = dict.fromkeys(normal(other) for other in name.alt)
    own = report.lines[: report.own]
    return Crash(
        title,
        _shown(own),
        alt_titles=tuple(other for other in alt if other != title),
        type=crash_type(title),
        frame=function[1] if function else "",
        corrupted=name.corrupted or HUNG_UP in log or is_corrupted(title, own, trace=name.trace),
        suppressed=hushed,
        panicked=report.panicked,
        start=start,
        end=start + report.end,
    )


def _shown(lines: Sequence[str]) -> str:
    """The lines up to the one that ends the kernel's report, if any does, as text."""
    ends = (number for number, line in enumerate(lines, start=1) if END.search(line))
    return "\n".join(lines[: next(ends, len(lines))]).encode("latin-1").decode(errors="replace")
