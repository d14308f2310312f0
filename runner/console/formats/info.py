"""Announcements that begin with `INFO:`. Data only."""

from __future__ import annotations

from runner.console.formats.locks import order_formats
from runner.console.shape import CALLS, STALLED, TRACE, Format, Oops, Pick, Stack

HUNG = Stack((CALLS, TRACE), pick=Pick.HANG)
TASK = r"\A.{0,200}INFO: task (?:.{0,150}\n){0,2}.{0,150}"
"""A task has whatever name a program gave it, with line breaks in it."""

HANGS = (
    Format(
        r"INFO: rcu_\w+ self-detected stall",
        "INFO: rcu detected stall in {frame}",
        ("stall in {frame}",),
        stack=Stack(STALLED.parts, (CALLS, TRACE), STALLED.skip, STALLED.pick),
    ),
    Format(
        r"INFO: rcu_\w+ detected (?:expedited )?stall",
        "INFO: rcu detected stall in {frame}",
        ("stall in {frame}",),
        stack=STALLED,
    ),
    Format(
        r"INFO: task ",
        "INFO: task hung in {frame}",
        ("hang in {frame}",),
        report=rf"{TASK} blocked (?:in I/O wait )?for more than \d+ seconds",
        stack=HUNG,
    ),
    Format(
        r"INFO: task ",
        "INFO: task can't die in {frame}",
        ("hang in {frame}",),
        report=rf"{TASK} can't die for more than .{{0,30}} seconds",
        stack=Stack((CALLS, TRACE), skip="schedule"),
    ),
)

TRACKS = (
    Format(
        r"INFO: (?P<what>Allocated|Freed) in (?P<words>.+)",
        "INFO: {what} in {words}",
        corrupted=True,
    ),
)
"""What SLUB tells of an object inside a report: the line that says what is wrong is lost."""

INFO = Oops(
    "INFO:",
    (*HANGS, *order_formats("INFO"), *TRACKS),
    ignored=(
        r"INFO: lockdep is turned off",
        r"INFO: Stall ended before state dump start",
        r"INFO: NMI handler",
        r"INFO: NMI .{0,60}took too long",
        r"[_a-z]INFO::?|\w_INFO:",
        r"INFO: sys_\w* is not present in /proc/kallsyms",
        r"INFO: no syscalls can create resource",
        r"rmt_storage:INFO:",
        r"INFO: recovery required on readonly filesystem",
    ),
)
