"""Reads the log of a failed build: whose fault it was, and the lines that tell why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

EXCERPT_LINES = 20
LINE_LENGTH = 300

# A commit can make a compiler print any of these, or make it need more memory than we have. It
# gains nothing: our own failures are tried again and then reported, and are never evidence. The
# other mistake, to call a full disk a broken commit, would hide real commits from the search.
MACHINE = (
    (re.compile(r"No space left on device|Disk quota exceeded"), "the disk is full"),
    (
        re.compile(
            r"Cannot allocate memory|virtual memory exhausted|[Kk]illed signal|Killed \(program"
            r"|out of memory allocating|\*\*\* .* (?:Killed|Error 137)$"
            r"|LLVM ERROR: out of memory|unable to execute command: Killed"
            r"|failed to map segment from shared object"
        ),
        "the machine ran out of memory",
    ),
    (re.compile(r"Input/output error|Read-only file system|Bus error"), "the disk does not work"),
    (re.compile(r"Too many open files|Resource temporarily unavailable"), "too much runs here"),
    (re.compile(r"^ccache: error: "), "ccache does not work"),
    (re.compile(r"^bwrap: "), "bubblewrap does not work"),
)
# Compilers quote source below their messages, and source may hold any of the words above.
QUOTED = re.compile(r"^ *\d* \| ")
# Clang before 17 does so without a margin, with a line of carets below.
PLACED = re.compile(r":\d+:\d+: (?:fatal error|error|warning|note|remark): ")
CARETS = re.compile(r"^[ ~]*\^[ ~^]*$")
CAUSE = re.compile(
    r"(?i:\berror: )|undefined reference to|multiple definition of|No rule to make target"
    # The kernel's own words: what it wants, in a frame of stars, and what Kconfig refuses.
    r"|^\*\*\* +\S|\bKconfig[\w.]*:\d+: "
    r"|: syntax error|recursive dependency|: not found$|^FAILED"
    r"|^make(?:\[\d+\])?: \S+: (?:No such file or directory|Permission denied)$"
)
CONSEQUENCE = re.compile(
    r"^collect2: |ld returned \d+ exit status|^cc1: all warnings being"
    r"|linker command failed with exit code|too many errors emitted"
)
# What lld says below its message: the place.
PLACE = re.compile(r"^>>> ")
PLACE_LINES = 2
MAKE_STOPS = re.compile(r"\*\*\* ")
# Such as `  CC      kernel/fork.o`, which says nothing of a failure.
PROGRESS = re.compile(r"^  [A-Z]|^make(?:\[\d+\])?: (?:Entering|Leaving) directory")


def machine_failure(log: str) -> str | None:
    """What of our machine failed, with the line that says so; None when the commit is at fault."""
    for line in _said(_lines(log)):
        for pattern, failure in MACHINE:
            if pattern.search(line):
                return f"{failure}: {_readable(line)}"
    return None


def causes(log: str, folders: Sequence[str] = ()) -> list[str]:
    """The first lines that tell why a build failed, at least one; paths relative to `folders`."""
    lines = _said(line for line in _lines(_relative(log, folders)) if line.strip())
    found = [place for place, line in enumerate(lines) if CAUSE.search(line)]
    first = [place for place in found if not CONSEQUENCE.search(lines[place])]
    # A compiler tells of a macro's argument as often as the macro uses it.
    once = {lines[place]: place for place in reversed(first or found)}
    told = [line for place in sorted(once.values()) for line in _with_place(lines, place)]
    chosen = told or _last_words(lines) or ["make failed without a word"]
    return [_readable(line) for line in chosen[:EXCERPT_LINES]]


def _said(lines: Iterable[str]) -> list[str]:
    """What programs said, without the source that they quote."""
    before, *rest = ["", *lines, ""]
    said = []
    for line, after in pairwise(rest):
        if not QUOTED.match(line) and not (PLACED.search(before) and CARETS.match(after)):
            said.append(line)
        before = line
    return said


def _with_place(lines: Sequence[str], place: int) -> Iterator[str]:
    yield lines[place]
    below = lines[place + 1 : place + 1 + PLACE_LINES]
    yield from takewhile(PLACE.match, below)


def _last_words(lines: Sequence[str]) -> Sequence[str]:
    """What stands where make stopped, when no line is known to tell a cause."""
    stop = next((i for i, line in enumerate(lines) if MAKE_STOPS.search(line)), len(lines))
    said = [line for line in lines[max(0, stop - 3) : stop] if not PROGRESS.match(line)]
    return [*said[-1:], *lines[stop : stop + 1]]


def _lines(log: str) -> list[str]:
    # Cut before they are searched: patterns that meet a line of megabytes take for ever.
    return [line[:LINE_LENGTH] for line in log.splitlines()]


def _relative(log: str, folders: Sequence[str]) -> str:
    for folder in folders:
        log = log.replace(f"{folder}/", "")
    return log


def _readable(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line).strip()
