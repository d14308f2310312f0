"""Follows a recipe through the lines of a report, to the function that names the crash. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise

from runner.console.rust import demangled
from runner.console.shape import PC, RIP, TRACE, Pick, Stack
from runner.console.skipped import BUCKETS, ENTRIES, HANGING, SKIPPED

CORRUPTED = "corrupted"
"""The name of a function that could not be found."""
FRAME = re.compile(
    rf"^\s*\(?(?:{PC} |\[< *(?:none|inline) *>\] *){{0,2}}"
    r"\(?(?P<func>[A-Za-z0-9_]+)(?:\.[\w.]+)?\+0x"
    rf"|^\s*(?P<inlined>[A-Za-z_]\w*) [\w/.-]+:\d+ \[inline\]"
    rf"|^ *(?:{PC} )?\(?\w+(?:\.[\w.]+)?\)? from (?:{PC} )?\(?(?P<caller>\w+)(?:\.[\w.]+)?\+0x"
)
"""A frame as x86 and most others print it, an inlined one, and the older form of arm."""
BEGINS = re.compile(
    r"Call [Tt]race|Allocated:|Allocated by task \d+|Freed:|Freed by task \d+"
    r"|[^k] backtrace(?: \(crc [0-9a-f]*\))?:|Backtrace:|Uninit was stored to memory at"
)
"""A line that begins a stack: where one begins, the one before has ended."""
INTRUDED = re.compile(
    r"^(?: ?\[<?(?:0x)?[0-9a-f]+>?\])? ?should_fail(?:slab)?\+0x|^FAULT_INJECTION: forcing"
)
"""The stack of an injected failure in the middle of another one."""
PREFIXES = (
    "__se_",
    "__do_",
    "compat_SYSC_",
    "compat_SyS_",
    "SYSC_",
    "SyS_",
    "ksys_",
    "sys_",
    "__x64_",
    "__ia32_",
    "__arm64_",
    "__riscv_",
    "__s390x_",
    "__powerpc_",
)
"""What macros put before the name of a system call. Each is taken away once, in this order."""


@dataclass(frozen=True, slots=True)
class Frame:
    name: str
    others: tuple[str, ...] = ()
    """Names of the same function, or of the one that stands behind a common name."""


def key_frames(stack: Stack, lines: Sequence[str]) -> tuple[Frame, ...]:
    """The functions that name a crash, in the recipe's order; `CORRUPTED` where there is none."""
    frames = _Walk(stack, lines).run(_compiled(stack.parts))
    if stack.otherwise and CORRUPTED in {frame.name for frame in frames}:
        return _Walk(stack, lines).run(_compiled(stack.otherwise))
    return frames


class _Walk:
    """One way through the lines: each is looked at once."""

    def __init__(self, stack: Stack, lines: Sequence[str]) -> None:
        self._pick = stack.pick
        self._skipped = _skipped(stack.skip)
        self._lines = iter(lines)
        self._intruded = False
        self._functions: list[str] = []
        self._results: list[Frame] = []

    def run(self, parts: Sequence[re.Pattern[str] | None]) -> tuple[Frame, ...]:
        followers = [*parts[1:], None]
        traced = found = False
        for part, follower in zip(parts, followers, strict=True):
            if found:
                found = False
            elif part is None:
                if traced:
                    self._close()
                traced = True
                found = self._trace(follower)
            else:
                self._seek(part)
        self._close()
        return tuple(self._results)

    def _seek(self, part: re.Pattern[str]) -> None:
        for line in self._unspoilt():
            if found := part.search(line):
                self._take(found)
                return

    def _trace(self, follower: re.Pattern[str] | None) -> bool:
        """Take the frames of a stack; whether the part that follows was found on the way."""
        for line in self._unspoilt():
            if BEGINS.search(line):
                return False
            if follower and (found := follower.search(line)):
                self._take(found)
                return True
            if found := FRAME.match(line) or _interrupted.search(line):
                self._take(found)
        return False

    def _unspoilt(self) -> Iterator[str]:
        """The lines that are left, none from the first on that is out of another stack."""
        for line in self._lines:
            self._intruded |= INTRUDED.match(line) is not None
            if self._intruded:
                return
            yield line

    def _take(self, found: re.Match[str]) -> None:
        names = (name for name in found.groups() if name and not self._skipped(name))
        self._functions.extend(islice(names, 1))

    def _close(self) -> None:
        self._results.append(_picked(self._pick, self._functions))
        self._functions = []


def _picked(pick: Pick, functions: Sequence[str]) -> Frame:
    if pick is not Pick.FIRST and (frame := _common(functions, BUCKETS[pick.name])):
        return frame
    if pick is Pick.STALL:
        return _named(_entered(functions))
    if pick is Pick.HANG:
        return _named(next((name for name in functions if not _hanging(name)), CORRUPTED))
    return _named(functions[0] if functions else CORRUPTED)


def _common(functions: Sequence[str], buckets: Sequence[tuple[str, str]]) -> Frame | None:
    """The common name of what many wait for, when one of these functions is among the others."""
    for part, name in buckets:
        for function in functions:
            if part in function:
                return Frame(name, (function,) if function != name else ())
    return None


def _entered(functions: Sequence[str]) -> str:
    for inner, outer in pairwise(functions):
        if _entry(outer):
            return inner
    return CORRUPTED


def _named(function: str) -> Frame:
    """The function without what macros put before its name."""
    names = [demangled(function)]
    for prefix in PREFIXES:
        if names[-1].startswith(prefix):
            names.append(names[-1].removeprefix(prefix))
    return Frame(names[-1], tuple(names[:-1]))


@lru_cache(maxsize=4096)
def _hanging(function: str) -> bool:
    return _hangs.search(function) is not None


@lru_cache(maxsize=4096)
def _entry(function: str) -> bool:
    return _entries.search(function) is not None


@cache
def _skipped(more: str) -> Callable[[str], bool]:
    pattern = re.compile("|".join((*SKIPPED, more) if more else SKIPPED))
    return lru_cache(maxsize=4096)(lambda function: pattern.search(function) is not None)


@cache
def _compiled(parts: tuple[str, ...]) -> tuple[re.Pattern[str] | None, ...]:
    return tuple(None if part == TRACE else re.compile(part) for part in parts)


_interrupted = re.compile(RIP)
_entries = re.compile("|".join(ENTRIES))
_hangs = re.compile("|".join(HANGING))
