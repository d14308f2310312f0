"""Reads Linux consoles: is there a crash, what is it called, which file is to blame. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from runner.crash_formats import ENTRIES, FORMATS, SKIPPED, SYSCALL_PREFIX, Format
from runner.values import Crash

REPORT_LINES = 1000
REPORT_SIZE = 256 << 10
"""Characters; lines and characters from a header on are all that is read of a crash."""
DETAIL_LINES = 12
TRACE_GAP = 20
"""Lines without a function, such as registers, that a stack trace may have in it."""
TITLE_SIZE = 120

NOISE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\0]")
PREFIX = re.compile(r"^(?:<\d>)?.{0,60}?\[ *\d+\.\d+\](?:\[ *([CT]\d+)\])? ?")
FRAME = re.compile(
    r"^\s*(?:\[<?[0-9a-f]+>?\] )?(?:\(?\w+\)? from )?(?P<doubt>\? )?"
    r"(?:\[<[0-9a-f]+>\] )?\(?(?P<func>[A-Za-z_][A-Za-z0-9_]*)(?:\.[\w.]+)?\+0x[0-9a-f]+/0x[0-9a-f]+"
)
INLINED = re.compile(r"^\s*(?P<func>[A-Za-z_]\w*) [\w/.-]+\.[chS]:\d+ \[inline\]")
FROM = re.compile(r"\) from (?:\[<[0-9a-f]+>\] )?\((?P<func>\w+)(?:\.[\w.]+)?\+0x[0-9a-f]+/0x")
SOURCE = re.compile(r"(?<![\w/.-])(?:\./)?(?P<path>[\w-]+(?:/[\w.-]+)+\.[chS]):\d+")
"""A source file and line, as a symbolised report has them."""

BYSTANDERS = re.compile(
    r"\.h$|^lib/|^mm/(?:kasan|kmsan|kmemleak|slab|slub|slob|util|vmalloc|page_alloc|memory|maccess)"
    r"|^arch/\w+/(?:kernel|lib|entry|include|mm)/|^kernel/(?:locking|sched|rcu|panic|softirq|kthread"
    r"|workqueue|hung_task|watchdog|time|stacktrace|kcov|kcsan|smp|entry)|^include/"
    r"|^net/core/(?:dev|sock|skbuff)\.c|^net/socket\.c|^fs/(?:read_write|ioctl|open)\.c"
    r"|^security/commoncap\.c|^drivers/usb/core/urb\.c|^entry/"
)
"""Files that are in every report of their kind and seldom to blame."""


def crash_headers() -> re.Pattern[bytes]:
    """Finds the first words of any crash in raw console bytes."""
    return _headers_in_bytes


def find_crash(text: str) -> Crash | None:
    """The first crash of a console log, by the field's conventions; None when there is none."""
    header = _headers.search(text)
    if header is None:
        return None
    start = text.rfind("\n", 0, header.start()) + 1
    # A header that starts in the middle of somebody's line takes that line's context and prefix.
    lines = _report_lines(text[start : start + REPORT_SIZE])
    return Crash(_title(lines), "\n".join(lines))


def guilty_file(report: str) -> str | None:
    """The source file a symbolised report points at: the first that is no bystander, or any."""
    paths = [match["path"] for match in SOURCE.finditer(report)]
    suspects = (path for path in paths if not BYSTANDERS.search(path))
    return next(suspects, paths[0] if paths else None)


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
_any_header = "|".join(re.sub(r"\(\?P<\w+>", "(?:", format.header) for format in FORMATS)
_headers = re.compile(_any_header, re.ASCII | re.MULTILINE)
_headers_in_bytes = re.compile(_any_header.encode(), re.MULTILINE)
_entries = re.compile("|".join(ENTRIES), re.ASCII)


def _report_lines(text: str) -> list[str]:
    """The lines of the crash's own context, without time stamps and noise."""
    lines: list[str] = []
    context: str | None = None
    for number, line in enumerate(text.split("\n")[:REPORT_LINES]):
        clean = NOISE.sub("", line)
        prefix = PREFIX.match(clean)
        said_by = prefix[1] if prefix else None
        if number == 0:
            context = said_by
        if context is None or said_by == context or _from_other_cpus(lines, said_by):
            lines.append(clean[prefix.end() :] if prefix else clean)
    return lines


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
    if matcher.format.entry:
        return _entered(functions)
    for function in functions:
        if not matcher.skipped.search(function):
            return re.sub(SYSCALL_PREFIX, "", function)
    return "corrupted"


def _entered(functions: Sequence[str]) -> str:
    for inner, outer in pairwise(functions):
        if _entries.search(outer):
            return re.sub(SYSCALL_PREFIX, "", inner)
    return "corrupted"


def _functions(lines: Sequence[str], markers: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """The functions at the markers, then those of the stack behind the last one."""
    position = 0
    for marker in markers:
        for number in range(position, len(lines)):
            found = marker.search(lines[number])
            if found is None:
                continue
            position = number
            if "func" in found.groupdict() and found["func"]:
                yield found["func"]
            break
    yield from _stack(lines[position + 1 :])


def _stack(lines: Sequence[str]) -> Iterator[str]:
    gap = 0
    for line in lines:
        found = FRAME.match(line) or FROM.search(line) or INLINED.match(line)
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
