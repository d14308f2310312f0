"""Reads the log of a failed build: whose fault it was, and the lines that tell why."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
CAUSE = re.compile(
    r"(?i:\berror: )|undefined reference to|multiple definition of|No rule to make target"
    r"|: syntax error|recursive dependency|: not found$|^FAILED"
    r"|^make(?:\[\d+\])?: \S+: (?:No such file or directory|Permission denied)$"
)
CONSEQUENCE = re.compile(r"^collect2: |ld returned \d+ exit status|^cc1: all warnings being")
MAKE_STOPS = re.compile(r"\*\*\* ")
# Such as `  CC      kernel/fork.o`, which says nothing of a failure.
PROGRESS = re.compile(r"^  [A-Z]|^make(?:\[\d+\])?: (?:Entering|Leaving) directory")


def machine_failure(log: str) -> str | None:
    """What of our machine failed, with the line that says so; None when the commit is at fault."""
    for line in _lines(log):
        if QUOTED.match(line):
            continue
        for pattern, failure in MACHINE:
            if pattern.search(line):
                return f"{failure}: {_readable(line)}"
    return None


def causes(log: str, folders: Sequence[str] = ()) -> list[str]:
    """The first lines that tell why a build failed, at least one; paths relative to `folders`."""
    lines = [line for line in _lines(_relative(log, folders)) if line.strip()]
    found = [line for line in lines if CAUSE.search(line) and not QUOTED.match(line)]
    first = [line for line in found if not CONSEQUENCE.search(line)]
    chosen = first or found or _last_words(lines) or ["make failed without a word"]
    return [_readable(line) for line in chosen[:EXCERPT_LINES]]


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
