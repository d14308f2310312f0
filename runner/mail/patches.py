"""The patch in a mail: unified diffs, and nothing of the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
EXTENDED = re.compile(
    r"(?:index|old mode|new mode|deleted file mode|new file mode|copy (?:from|to)"
    r"|rename (?:from|to)|similarity index|dissimilarity index|Binary files) "
)
OLD, NEW = re.compile(r"--- \S"), re.compile(r"\+\+\+ \S")


def find_patch(text: str) -> str:
    """All diffs in a text, one below the other; empty when there is none."""
    lines = text.removesuffix("\n").split("\n")
    return "".join(f"{lines[number]}\n" for span in diffs(lines) for number in span)


def diffs(lines: Sequence[str]) -> Iterator[range]:
    """Where the diffs are."""
    position = 0
    while position < len(lines):
        end = _diff(lines, position)
        if end > position:
            yield range(position, end)
        position = max(end, position + 1)


def _diff(lines: Sequence[str], start: int) -> int:
    """Where the diff ends that begins at a line; `start` when none does."""
    position = start
    if lines[position].startswith("diff --git "):
        position += 1
        while position < len(lines) and EXTENDED.match(lines[position]):
            position += 1
        alone = position > start + 1  # a change of modes, or of names, has no hunks
    else:
        alone = False
    if not _is_pair(lines, position):
        return position if alone else start
    position += 2
    while position < len(lines) and (hunk := HUNK.match(lines[position])):
        position = _hunk(lines, position + 1, int(hunk[1] or 1), int(hunk[2] or 1))
    return position


def _is_pair(lines: Sequence[str], position: int) -> bool:
    if position + 2 >= len(lines):
        return False
    old, new, hunk = lines[position : position + 3]
    return bool(OLD.match(old) and NEW.match(new) and HUNK.match(hunk))


def _hunk(lines: Sequence[str], position: int, old: int, new: int) -> int:
    """Where a hunk of so many old and new lines ends. Mail programs cut the blank of empty ones."""
    while position < len(lines) and (old > 0 or new > 0):
        sign = lines[position][:1]
        if sign not in ("", " ", "+", "-", "\\"):
            break
        old -= sign in ("", " ", "-")
        new -= sign in ("", " ", "+")
        position += 1
    if position < len(lines) and lines[position].startswith("\\"):
        position += 1
    return position
