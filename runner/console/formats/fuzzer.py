"""What the programs that crash kernels say when they fall over themselves. Data only."""

from __future__ import annotations

from runner.console.shape import Format, Oops

FUZZER = (
    Oops("SYZFAIL:", (Format(r"SYZFAIL: ?(?P<what>.*)", "SYZFAIL: {what}", trace=False),)),
    Oops("SYZFATAL:", (Format(r"SYZFATAL: ?(?P<what>.*)", "SYZFATAL: {what}", trace=False),)),
    Oops(
        "panic:",
        (Format(r"panic: ?(?P<what>.*)", "panic: {what}", trace=False),),
        ignored=(
            r"_panic:",
            r"xlog_status:",
            r"\(sending to ddb\)",
            r"evtlog_status:",
            r"ddb\.onpanic:",
        ),
    ),
    Oops(
        "fatal error:",
        (Format(r"fatal error:", "go runtime error", trace=False),),
        ignored=(r"ALSA", r"fatal error: cannot create timer"),
    ),
)
"""Go programs of the fuzzer, and its executor."""

SUPPRESSED = (
    r"fatal error: runtime: (?:out of memory|cannot allocate memory)",
    r"fatal error: (?:out of memory|unexpected signal during runtime execution)",
    r"signal SIGBUS: bus error",
    r"SYZFAIL: (?:timeout|out of memory)",
    r"Out of memory: Kill(?:ed)? process .{1,40}\((?:syz-fuzzer|syz-manager|sshd)\)",
    r"Killed process \d+ \((?:syz-fuzzer|syz-manager|sshd)\)",
    r"lowmemorykiller: Killing '(?:syz-fuzzer|syz-manager|sshd)'",
    r"INIT: PANIC: segmentation violation!",
    r"\*\*\* stack smashing detected \*\*\*: terminated",
)
"""Whoever is killed for want of memory, or breaks by itself, makes crashes that tell nothing."""
