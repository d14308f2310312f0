"""Announcements of the kernel that each have words of their own. Data only."""

from __future__ import annotations

from runner.console.formats.bug import LEAKED
from runner.console.shape import (
    CALLS,
    CRASHED,
    FUNC,
    ON_STACK,
    PC,
    TRACE,
    Format,
    Oops,
    Pick,
    Stack,
)

OVERFLOW = ("stack-overflow in {frame}",)

ASSERTS = (
    Oops(
        "kernel BUG",
        (
            Format(
                r"kernel BUG at lib/list_debug\.c",
                "BUG: corrupted list in {frame}",
                ("bad-access in {frame}",),
                stack=Stack(CRASHED.parts, CRASHED.otherwise, skip=r"list_"),
            ),
            Format(
                r"kernel BUG at mm/usercopy\.c",
                "BUG: bad usercopy in {frame}",
                stack=Stack(CRASHED.parts, CRASHED.otherwise, skip=r"usercopy_abort|__check"),
            ),
            Format(r"kernel BUG (?:at|in)? ?", "kernel BUG in {frame}", stack=CRASHED),
        ),
    ),
    Oops(
        "Kernel BUG",
        (Format(r"Kernel BUG (?:at|in)? ?", "kernel BUG in {frame}", stack=CRASHED),),
    ),
    Oops(
        "UBSAN:",
        (
            Format(
                r"UBSAN: Undefined behaviour in",
                "UBSAN: undefined-behaviour in {frame}",
                stack=Stack(ON_STACK.parts, skip="ubsan|^handle_overflow"),
            ),
            Format(
                r"UBSAN: (?P<kind>[a-z][a-z-]+) in",
                "UBSAN: {kind} in {frame}",
                stack=Stack(ON_STACK.parts, skip="ubsan|^handle_overflow"),
            ),
        ),
    ),
    Oops(
        "rust_kernel: panicked at",
        (
            Format(
                r"rust_kernel: panicked at",
                "{what} in {frame}",
                report=r"rust_kernel: panicked at .{1,300}:\n(?P<what>.{1,200})",
                stack=Stack(
                    CRASHED.parts, CRASHED.otherwise, skip="rust_begin_unwind|rust_helper|panick"
                ),
            ),
        ),
    ),
)

CONSEQUENCES = (
    r"(?:\w+: )?panic_on_warn set|hung_task: blocked tasks|softlockup: hung tasks|RCU Stall"
    r"|(?:[\w -]+: )?Fatal exception"
)
"""Panics for something that was reported before: when one comes first, the report is lost."""

PANICS = (
    Oops(
        "Kernel panic",
        (
            Format(
                r"Kernel panic - not syncing: (?P<what>Attempted to kill init!)",
                "kernel panic: {what}",
                trace=False,
            ),
            Format(
                r"Kernel panic - not syncing: (?P<what>Couldn't open N_TTY ldisc) for ",
                "kernel panic: {what}",
            ),
            Format(
                r"Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in",
                "kernel panic: stack is corrupted in {frame}",
                stack=Stack(
                    (rf"corrupted in: (?:{PC} *)?{FUNC}", CALLS, TRACE),
                    otherwise=(CALLS, TRACE),
                    skip=r"stack_chk",
                ),
                trace=False,
            ),
            Format(
                r"Kernel panic - not syncing: corrupted stack end detected inside scheduler",
                "kernel panic: corrupted stack end in {frame}",
                OVERFLOW,
                stack=Stack((CALLS, TRACE), skip=r"schedule|retint_kernel|panic", pick=Pick.STALL),
            ),
            Format(
                rf"Kernel panic - not syncing: (?P<what>{CONSEQUENCES})",
                "kernel panic: {what}",
                corrupted=True,
            ),
            Format(
                r"Kernel panic - not syncing: (?P<what>.*?)(?: ?\.\.\.)?$", "kernel panic: {what}"
            ),
        ),
    ),
    Oops(
        "trusty: panic",
        (
            Format(
                r"trusty: panic .{0,60}ASSERT FAILED at .{1,200}?\): (?P<what>.+)",
                "trusty: ASSERT FAILED: {what}",
                trace=False,
            ),
            Format(r"trusty: panic", "trusty: ASSERT FAILED:", trace=False, corrupted=True),
        ),
    ),
)

STATES = (
    Oops(
        "unreferenced object",
        (Format(r"unreferenced object", "memory leak in {frame}", stack=LEAKED),),
    ),
    Oops(
        "unregister_netdevice: waiting for",
        (
            Format(
                r"unregister_netdevice: waiting for .{1,60} to become free",
                "unregister_netdevice: waiting for DEV to become free",
                trace=False,
            ),
        ),
    ),
    Oops(
        "VFS: Busy inodes after unmount",
        (
            Format(
                r"VFS: Busy inodes after unmount",
                "VFS: Busy inodes after unmount (use-after-free)",
                trace=False,
            ),
        ),
    ),
    Oops(
        "VFS: Close: file count is",
        (
            Format(
                r"VFS: Close: file count is (?:zero|0)",
                "VFS: Close: file count is zero (use-after-free)",
                trace=False,
            ),
        ),
    ),
    Oops(
        "Object already free",
        (Format(r"BUG .{1,100}: Object already free", "BUG: Object already free"),),
    ),
)

REBOOT = Oops(
    "Booting the kernel.",
    (Format(r"Booting the kernel\.", "unexpected kernel reboot", trace=False),),
    ignored=(r"\S.*Booting the kernel\.",),
)
"""What the part of a kernel says that unpacks it; elsewhere it is somebody's data."""

OTHERS = (*ASSERTS, *PANICS, *STATES, REBOOT)
