"""The frames of a report: which there are, and what it looks like with places in the source. Pure.

The format is the field's: a place behind `function+offset/size`, and a line of its own before it
for each function that was inlined there, `function path:line [inline]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

FRAMES_LIMIT = 2000
"""Frames of one report that are looked up."""
FRAME = re.compile(
    r"(?<![\w.$+/-])(?P<function>[A-Za-z_$][\w.$]*)\+0x(?P<offset>[0-9a-f]{1,8})"
    r"/0x(?P<size>[0-9a-f]{1,8})\b(?! +\[[\w-]+[\] ])(?! \S+:\d)",
    re.ASCII,
)
"""A function of the kernel itself: behind that of a module stands `[module]`. Not one that has
its place already."""
DOUBTFUL = re.compile(r"\? [\w.$]+\+0x", re.ASCII)
"""What the unwinder only guesses to be a frame."""
EXACT = re.compile(
    r"\s*(?:RIP: |EIP: |pc : |PC is at |epc : |NIP |Krnl PSW |WARNING: |general protection fault)"
)
"""Lines whose address is that of the instruction itself. All others have that behind a call,
which may be of another line, or of another function even."""
MANGLED = re.compile(r"_R[A-Z]|_ZN\d")
"""How the names of Rust's functions begin before they are made readable."""

PLACE = re.compile(r"(\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}) [^\s:]+:\d+\b", re.ASCII)
INLINED = re.compile(r" [^\s:]+:\d+ \[inline\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """A frame of a report, as the running kernel names it."""

    function: str
    size: int
    offset: int
    """Of the instruction to look up, from the function's start."""


@dataclass(frozen=True, slots=True)
class Place:
    """One function at an address."""

    function: str
    """Readable, also that of Rust."""
    path: str
    line: int


def queries(report: str) -> frozenset[Query]:
    """What has to be known of a kernel to show where the report's frames are."""
    found = (query for line in report.splitlines() for _, query in _frame(line))
    return frozenset(query for query, _ in zip(found, range(FRAMES_LIMIT), strict=False))


def with_places(report: str, places: Mapping[Query, Sequence[Place]]) -> str:
    """The report with the places in it that are known, innermost inlined function first."""
    return "\n".join(text for line in report.split("\n") for text in _lines(line, places))


def is_symbolized(report: str) -> bool:
    """Whether any frame has its place; a WARN() names one without that."""
    return PLACE.search(report) is not None


def without_places(report: str) -> str:
    """The report as the kernel wrote it, apart from the names of Rust."""
    lines = (line for line in report.split("\n") if not INLINED.search(line))
    return PLACE.sub(r"\1", "\n".join(lines))


def _frame(line: str) -> Iterator[tuple[re.Match[str], Query]]:
    """The first frame of a line, if there is any."""
    found = FRAME.search(line)
    if found is None or DOUBTFUL.search(line):
        return
    offset = int(found["offset"], 16)
    if offset and not EXACT.match(line):
        offset -= 1
    yield found, Query(found["function"], int(found["size"], 16), offset)


def _lines(line: str, places: Mapping[Query, Sequence[Place]]) -> Iterator[str]:
    for found, query in _frame(line):
        if not (known := places.get(query)):
            break
        *inlined, outer = known
        before, behind = line[: found.start()], line[found.end() :]
        for place in inlined:
            yield f"{before}{place.function} {place.path}:{place.line} [inline]{behind}"
        name = outer.function if MANGLED.match(query.function) else query.function
        itself = found[0].replace(query.function, name, 1)
        yield f"{before}{itself} {outer.path}:{outer.line}{behind}"
        return
    yield line
