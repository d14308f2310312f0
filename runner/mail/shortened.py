"""A mail of any size, shortened to what is worth reading, in bounded memory and time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

HEAD_BYTES = 256 << 10
PART_BYTES = 4 << 20
"""Of one part of a mail; what is more of it is left out."""
MOST_BYTES = 8 << 20
MOST_LINES = 100_000
LINE_BYTES = 64 << 10
"""RFC 5322 allows 998."""
MOST_BOUNDARIES = 50
"""The parser of the standard library looks at each line once for every level of parts."""
BOUNDARY = re.compile(rb"boundary\s*\*?\d*\*?\s*=", re.IGNORECASE)


def shortened(stream: BinaryIO) -> tuple[bytes, bool]:
    """The mail without the ends of huge parts, and whether anything is missing.

    Parts begin with a line that starts with `--`, which no line of base64 does. A mail that
    cannot be read in reasonable time ends where that shows.
    """
    kept: list[bytes] = []
    size = part = boundaries = 0
    limit = HEAD_BYTES
    missing = False
    for line in _lines(stream):
        part = len(line) if line.startswith(b"--") else part + len(line)
        if part > limit:
            missing = True
            continue
        if limit == HEAD_BYTES and not line.strip():
            limit = PART_BYTES
        size += len(line)
        boundaries += len(BOUNDARY.findall(line))
        if size > MOST_BYTES or len(kept) >= MOST_LINES or boundaries > MOST_BOUNDARIES:
            return b"".join(kept), True
        kept.append(line)
    return b"".join(kept), missing


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, without the ends of very long ones."""
    while line := stream.readline(LINE_BYTES):
        end = line
        while end and not end.endswith(b"\n"):
            end = stream.readline(LINE_BYTES)
        yield line
