"""What the processor found wrong. Data only."""

from __future__ import annotations

from runner.console.shape import (
    AT_INSTRUCTION,
    BAD_ACCESS,
    CALLS,
    RIP,
    TRACE,
    Format,
    Oops,
    Pick,
    Stack,
)

FAULTS = (
    Oops(
        "Unable to handle kernel",
        (
            Format(
                r"Unable to handle kernel (?:paging request|access to user memory"
                r"|pointer dereference|read from unreadable memory|write to read-only memory"
                r"|execut(?:e from non-executable|ion of(?: user)?) memory|unknown fault)",
                "BUG: unable to handle kernel paging request in {frame}",
                BAD_ACCESS,
                stack=AT_INSTRUCTION,
            ),
            Format(
                r"Unable to handle kernel NULL pointer dereference",
                "BUG: unable to handle kernel NULL pointer dereference in {frame}",
                BAD_ACCESS,
                stack=AT_INSTRUCTION,
            ),
            Format(
                r"Unable to handle kernel",
                "BUG: unable to handle kernel",
                trace=False,
                corrupted=True,
            ),
        ),
    ),
    Oops(
        "general protection fault",
        (
            Format(
                r"general protection fault(?::|,| in| for|$)",
                "general protection fault in {frame}",
                BAD_ACCESS,
                stack=AT_INSTRUCTION,
            ),
        ),
        ignored=(
            r"general protection fault ip:",
            r"general protection fault .{0,40}error:",
            r"traps: ",
        ),
    ),
    Oops(
        "stack segment",
        (
            Format(
                r"stack segment(?: fault)?: ",
                "stack segment fault in {frame}",
                stack=AT_INSTRUCTION,
            ),
        ),
        ignored=(r"stack segment ip:", r"traps: "),
    ),
    Oops(
        "divide error:",
        (Format(r"divide error: ", "divide error in {frame}", stack=AT_INSTRUCTION),),
        ignored=(r"traps: ",),
    ),
    Oops(
        "divide_error:",
        (Format(r"divide_error: ", "divide error in {frame}", stack=AT_INSTRUCTION),),
    ),
    Oops(
        "int3:",
        (Format(r"int3: ", "int3 in {frame}", stack=AT_INSTRUCTION),),
        ignored=(r"hint3:|print3:|traps: ",),
    ),
    Oops(
        "invalid opcode:",
        (Format(r"invalid opcode: ", "invalid opcode in {frame}", stack=AT_INSTRUCTION),),
        ignored=(r"traps: ",),
    ),
    Oops(
        "Unhandled fault:",
        (
            Format(
                r"Unhandled fault:", "Unhandled fault in {frame}", BAD_ACCESS, stack=AT_INSTRUCTION
            ),
        ),
    ),
    Oops(
        "Unhandled prefetch abort:",
        (
            Format(
                r"Unhandled prefetch abort:",
                "Unhandled prefetch abort in {frame}",
                BAD_ACCESS,
                stack=AT_INSTRUCTION,
            ),
        ),
    ),
    Oops(
        "Alignment trap:",
        (Format(r"Alignment trap:", "Alignment trap in {frame}", stack=AT_INSTRUCTION),),
        ignored=(r"Alignment trap: not handling",),
    ),
    Oops(
        "Internal error:",
        (
            Format(
                r"Internal error:", "Internal error in {frame}", BAD_ACCESS, stack=AT_INSTRUCTION
            ),
        ),
    ),
    Oops(
        "PANIC: double fault",
        (
            Format(
                r"PANIC: double fault",
                "PANIC: double fault in {frame}",
                stack=Stack((RIP, CALLS, TRACE), pick=Pick.FIRST),
            ),
        ),
    ),
)
