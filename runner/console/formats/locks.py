"""What lockdep announces: as `INFO:` in older kernels, as `WARNING:` in newer ones. Data only."""

from __future__ import annotations

from runner.console.shape import (
    CALLS,
    FUNC,
    LOCK,
    LOCKED_AT,
    ON_STACK,
    PC,
    SRC,
    TRACE,
    Format,
    Stack,
)

RELEASED = Stack((r"is trying to release lock", rf"^ *(?:{PC} *)?{FUNC}", CALLS, TRACE))


def order_formats(word: str) -> tuple[Format, ...]:
    """What is wrong with the order or the use of locks. The word is in some of the titles, too."""
    return (
        Format(
            rf"{word}: possible (?:circular|recursive) locking",
            "possible deadlock in {frame}",
            report=r"is trying to acquire lock",
            stack=LOCK,
        ),
        Format(
            rf"{word}: possible irq lock inversion dependency detected",
            "possible deadlock in {frame}",
            report=r"just changed the state of lock",
            stack=LOCK,
        ),
        Format(
            rf"{word}: .{{1,40}}-safe -> .{{1,40}}-unsafe lock order detected",
            "possible deadlock in {frame}",
            stack=Stack((r"which became .{1,60} at:", TRACE), otherwise=LOCK.parts),
        ),
        Format(
            rf"{word}: inconsistent lock state",
            "inconsistent lock state in {frame}",
            report=r"takes:",
            stack=LOCK,
        ),
        Format(
            rf"{word}: suspicious RCU usage",
            word + ": suspicious RCU usage in {frame}",
            report=rf"\A.*\n(?:.*\n){{0,3}}.*{SRC}",
            stack=Stack(ON_STACK.parts, skip="rcu|kmem|slab|lock"),
        ),
        Format(
            rf"{word}: trying to register non-static key",
            word + ": trying to register non-static key in {frame}",
            stack=Stack(ON_STACK.parts, skip="stack|lock|IRQ"),
        ),
    )


def holder_formats(word: str) -> tuple[Format, ...]:
    """What is wrong with who holds a lock: `BUG:` in older kernels."""
    return (
        Format(
            rf"{word}: Nested lock was not taken",
            word + ": nested lock was not taken in {frame}",
            stack=ON_STACK,
        ),
        Format(
            rf"{word}: lock held when returning to user space",
            word + ": lock held when returning to user space in {frame}",
            report=r"leaving the kernel with locks still held",
            stack=Stack((LOCKED_AT,)),
            trace=False,
        ),
        Format(
            rf"{word}: [^ ]{{1,100}} still has locks held",
            word + ": still has locks held in {frame}",
            stack=Stack((LOCKED_AT, CALLS, TRACE)),
        ),
        Format(
            rf"{word}: bad unlock balance detected",
            word + ": bad unlock balance in {frame}",
            report=r"is trying to release lock",
            stack=RELEASED,
        ),
        Format(
            rf"{word}: held lock freed",
            word + ": held lock freed in {frame}",
            report=r"is freeing memory",
            stack=LOCK,
        ),
    )
