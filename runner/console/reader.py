"""Finds the first crash of a console log, and gives it its title. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from runner.console.formats import (
    BUCKETS,
    ENTRIES,
    FORMATS,
    FUNCTION,
    LEADS,
    MACRO_PREFIX,
    OBSERVERS,
    RIP,
    SKIPPED,
    Format,
)
from runner.console.titles import crash_type
from runner.values import Crash

REPORT_LINES = 1000
REPORT_SIZE = 256 << 10
"""Characters; lines and characters from a header on are all that is read of a crash."""
LINE_SIZE = 1000
DETAIL_LINES = 12
TRACE_GAP = 20
"""Lines without a function, such as registers, that a stack trace may have in it."""
TITLE_SIZE = 120

NOISE = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b\n]*\x07"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""What moves a cursor, hides text or turns it around: reports go into mails and terminals."""
PREFIX = re.compile(r"^(?:<\d>)?.{0,60}?\[ *\d+\.\d+\](?:\[ *([CT]\d+)\])? ?")
FRAME = re.compile(
    r"^\s*(?:\[<?[0-9a-f]+>?\] )?(?:\(?\w+\)? from )?(?P<doubt>\? )?"
    r"(?:\[<[0-9a-f]+>\] )?\(?(?P<func>[A-Za-z_]\w*)(?:\.[\w.]+)?\+0x[0-9a-f]+/0x[0-9a-f]+",
    re.ASCII,
)
INTERRUPTED = re.compile(RIP + FUNCTION)
INLINED = re.compile(r"^\s*(?P<func>[A-Za-z_]\w*) [\w/.-]+\.[chS]:\d+ \[inline\]")
FROM = re.compile(r"\) from (?:\[<[0-9a-f]+>\] )?\((?P<func>\w+)(?:\.[\w.]+)?\+0x[0-9a-f]+/0x")


def crash_headers() -> re.Pattern[bytes]:
    """Finds the first words of any crash in raw console bytes."""
    return _headers_in_bytes


def find_crash(text: str) -> Crash | None:
    """The first crash of a console log, by the field's conventions; None when there is none."""
    header = _headers.search(text)
    if header is None:
        return None
    position = header.start()
    line_start = max(text.rfind("\n", 0, position) + 1, position - LINE_SIZE)
    before = NOISE.sub("", text[line_start:position])
    prefix = PREFIX.match(before)
    context, before = (prefix[1], before[prefix.end() :]) if prefix else (None, before)
    lines = _report_lines(text[position : position + REPORT_SIZE], context)
    title = _title(lines)
    return Crash(title, before + "\n".join(_oops(lines)), type=crash_type(title))


@dataclass(frozen=True, slots=True)
class _Matcher:
    """A `Format` with its regular expressions compiled."""

    format: Format
    header: re.Pattern[str]
    detail: re.Pattern[str]
    markers: tuple[re.Pattern[str], ...]
    skipped: re.Pattern[str]


def _compiled(format: Format) -> _Matcher:
    skipped = [*SKIPPED, format.skip] if format.skip else SKIPPED
    return _Matcher(
        format,
        re.compile(format.header, re.ASCII),
        re.compile(format.detail, re.ASCII),
        tuple(re.compile(marker, re.ASCII) for marker in format.markers),
        re.compile("|".join(skipped), re.ASCII),
    )


_matchers = tuple(_compiled(format) for format in FORMATS)
_alternatives = dict.fromkeys(re.sub(r"\(\?P<\w+>", "(?:", form.header) for form in FORMATS)
_any_header = f"(?={LEADS})(?:{'|'.join(_alternatives)})"
_headers = re.compile(_any_header, re.ASCII | re.MULTILINE)
_headers_in_bytes = re.compile(_any_header.encode(), re.MULTILINE)
_entries = re.compile("|".join(ENTRIES), re.ASCII)


def _report_lines(text: str, context: str | None) -> list[str]:
    """The lines of the crash's own context, without time stamps and noise; at least one."""
    first, *rest = (NOISE.sub("", line[:LINE_SIZE]) for line in text.split("\n")[:REPORT_LINES])
    lines = [first]
    for line in rest:
        prefix = PREFIX.match(line)
        said_by = prefix[1] if prefix else None
        if context is None or said_by == context or _from_other_cpus(lines, said_by):
            lines.append(line[prefix.end() :] if prefix else line)
    return lines


def _oops(lines: Sequence[str]) -> Sequence[str]:
    """The lines up to the one that ends the kernel's report, if any does."""
    ends = (number for number, line in enumerate(lines, start=1) if "---[ end " in line)
    return lines[: next(ends, len(lines))]


def _from_other_cpus(lines: Sequence[str], said_by: str | None) -> bool:
    """Whether a line is what a CPU answers to a request for its backtrace."""
    asked = any(line.startswith("Sending NMI") for line in lines[-60:])
    return asked and said_by is not None and said_by.startswith("C")


def _title(lines: Sequence[str]) -> str:
    for matcher in _matchers:
        header = matcher.header.search(lines[0])
        if header is None:
            continue
        detail = matcher.detail.search("\n".join(lines[:DETAIL_LINES]))
        if detail is None:
            continue
        words = {**header.groupdict(), **detail.groupdict()}
        return _normal(matcher.format.title.format(**words, frame=_frame(matcher, lines)))
    return _normal(lines[0])


def _frame(matcher: _Matcher, lines: Sequence[str]) -> str:
    functions = list(_functions(lines, matcher.markers))
    if matcher.format.hang and (bucket := _bucket(functions)):
        return bucket
    if matcher.format.entry:
        return _entered(functions)
    for function in functions:
        if not matcher.skipped.search(function):
            return re.sub(MACRO_PREFIX, "", function)
    return "corrupted"


def _bucket(functions: Sequence[str]) -> str | None:
    for pattern, name in BUCKETS:
        if any(re.search(pattern, function) for function in functions):
            return name
    return None


def _entered(functions: Sequence[str]) -> str:
    observers = [number for number, name in enumerate(functions) if re.search(OBSERVERS, name)]
    for inner, outer in pairwise(functions[observers[-1] + 1 if observers else 0 :]):
        if _entries.search(outer) and not _entries.search(inner):
            return re.sub(MACRO_PREFIX, "", inner)
    return "corrupted"


def _functions(lines: Sequence[str], markers: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """The functions at the markers, then those of the stack behind the last one.

    A marker counts only before the last one: what is behind may be of the next report.
    """
    *places, last = markers
    start = next((number for number, line in enumerate(lines) if last.search(line)), None)
    position = 0
    for place in places:
        for number in range(position, len(lines) if start is None else start + 1):
            if found := place.search(lines[number]):
                position = number
                yield from (found[name] for name in place.groupindex if found[name])
                break
    found = last.search(lines[start]) if start is not None else None
    if found:
        yield from (found[name] for name in last.groupindex if found[name])
    yield from _stack(lines[(position if start is None else start) + 1 :])


def _stack(lines: Sequence[str]) -> Iterator[str]:
    gap = 0
    for line in lines:
        found = FRAME.match(line) or FROM.search(line)
        found = found or INTERRUPTED.search(line) or INLINED.match(line)
        gap = 0 if found else gap + 1
        if gap > TRACE_GAP:
            return
        if found and not found.groupdict().get("doubt"):
            yield found["func"]


def _normal(title: str) -> str:
    """One line of ASCII, without what differs from run to run."""
    title = re.sub(r"\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b", "ADDR", title)
    title = re.sub(r"(?<![\w-])\d+\b", "NUM", title)
    title = re.sub(r"[^\x20-\x7e]+", " ", title)
    return re.sub(r" +", " ", title).strip()[:TITLE_SIZE]
