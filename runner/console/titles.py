"""Titles of crashes: what is left out of them, and what they say by themselves. Pure."""

from __future__ import annotations

import re

TYPES = (
    (r"KASAN: (?:double-free|invalid-free)", "KASAN-INVALID-FREE"),
    (r"KASAN: null-ptr-deref Write", "KASAN-NULL-POINTER-DEREFERENCE-WRITE"),
    (r"KASAN: null-ptr-deref", "KASAN-NULL-POINTER-DEREFERENCE-READ"),
    (r"KASAN: (?:[a-z]+-)?use-after-free Write", "KASAN-USE-AFTER-FREE-WRITE"),
    (r"KASAN: (?:[a-z]+-)?use-after-free", "KASAN-USE-AFTER-FREE-READ"),
    (r"KASAN: [a-z-]+ Write", "KASAN-WRITE"),
    (r"KASAN: (?:[a-z-]+ Read|[a-z]+-out-of-bounds)", "KASAN-READ"),
    (r"KASAN: ", "KASAN-UNKNOWN"),
    (r"KCSAN: assert: ", "KCSAN-ASSERT"),
    (r"KCSAN: data-race", "KCSAN-DATARACE"),
    (r"KCSAN: ", "KCSAN-UNKNOWN"),
    (r"KFENCE: use-after-free write", "KFENCE-USE-AFTER-FREE-WRITE"),
    (r"KFENCE: use-after-free", "KFENCE-USE-AFTER-FREE-READ"),
    (r"KFENCE: invalid free", "KFENCE-INVALID-FREE"),
    (r"KFENCE: memory corruption", "KFENCE-MEMORY-CORRUPTION"),
    (r"KFENCE: [a-z-]+ write", "KFENCE-WRITE"),
    (r"KFENCE: [a-z-]+ read", "KFENCE-READ"),
    (r"KFENCE: ", "KFENCE-UNKNOWN"),
    (r"KMSAN: [a-z-]*infoleak", "KMSAN-INFO-LEAK"),
    (r"KMSAN: uninit-value", "KMSAN-UNINIT-VALUE"),
    (r"KMSAN: use-after-free", "KMSAN-USE-AFTER-FREE-READ"),
    (r"KMSAN: ", "KMSAN-UNKNOWN"),
    (r"UBSAN: array-index", "MEMORY_SAFETY_UBSAN"),
    (r"UBSAN: ", "UBSAN"),
    (r"memory leak in ", "LEAK"),
    (r"possible deadlock in |inconsistent lock state in ", "LOCKDEP"),
    (r"WARNING: (?:locking bug|lock held when|still has locks|nested lock was) ", "LOCKDEP"),
    (r"WARNING: suspicious RCU usage in ", "LOCKDEP"),
    (r"BUG: spinlock ", "LOCKDEP"),
    (r"(?:BUG|WARNING): (?:bad unlock balance|held lock freed) in ", "LOCKDEP"),
    (r"BUG: (?:still has locks held|lock held when|nested lock was) ", "LOCKDEP"),
    (r"BUG: using \w+\(\) in preemptible", "LOCKDEP"),
    (r"BUG: (?:sleeping function called|scheduling while atomic)", "ATOMIC_SLEEP"),
    (r"INFO: (?:rcu detected stall|task hung|task can't die) ", "HANG"),
    (r"BUG: soft lockup|no output from test machine", "HANG"),
    (r"BUG: unable to handle kernel NULL pointer dereference", "NULL-POINTER-DEREFERENCE"),
    (r"BUG: unable to handle kernel paging request ", "MEMORY_SAFETY_BUG"),
    (r"BUG: (?:corrupted list|bad usercopy) ", "MEMORY_SAFETY_BUG"),
    (r"BUG: Object already free", "DoS"),
    (r"kernel BUG ", "BUG"),
    (r"WARNING: refcount bug", "REFCOUNT_WARNING"),
    (r"WARNING: kernel stack ", ""),
    (r"WARNING", "WARNING"),
    (r"general protection fault|stack segment fault|divide error|int3 |invalid opcode", "DoS"),
    (r"PANIC: |kernel panic: |VFS: |Unhandled (?:fault|prefetch abort) |Internal error ", "DoS"),
    (r"trusty: |go runtime error|panic: |Alignment trap |unregister_netdevice: ", "DoS"),
    (r"unexpected kernel reboot", "REBOOT"),
    (r"lost connection to test machine", "LOST_CONNECTION"),
    (r"SYZFAIL|SYZFATAL", "SYZ_FAILURE"),
)
"""How a title begins, and the type: the first that fits decides. Others have none."""

TITLE_SIZE = 120

UNSTABLE = (
    (r"syz-executor\.?\d+(?:[/:]\d+)?", "syz-executor"),
    (r"syzkaller\d+(?:[/:]\d+)?", "syzkaller"),
    (r"(?<![a-zA-Z0-9_])(?:0x)?[0-9a-f]{6,}", "ADDR"),
    (r"(?<![a-zA-Z0-9])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d+)?", "IP"),
    (r"(\.\w{1,3})(?::\d+)+", r"\1:LINE"),
    (r"([a-zA-Z][a-zA-Z0-9_.]+)\+0x[0-9a-z]+/0x[0-9a-z]+", r"\1"),
    (r"CPU#\d+", "CPU"),
    (r"(?<!\w)\d+(?!\w)|\d{7,}", "NUM"),
)
"""What differs from run to run, and what stands for it."""

_unstable = tuple((re.compile(pattern), word) for pattern, word in UNSTABLE)
_types = tuple((re.compile(start), word) for start, word in TYPES)


def crash_type(title: str) -> str:
    """syzkaller's word for the kind of crash that a title names, such as `WARNING`; empty if none.

    The type is a matter of the title alone: equal titles are of one type, whatever the report says.
    """
    return next((word for start, word in _types if start.match(title)), "")


def normal(title: str) -> str:
    """One line of ASCII, without what differs from run to run."""
    for pattern, word in _unstable:
        title = pattern.sub(word, title)
    title = re.sub(r"[^\x20-\x7e]", "", title[:TITLE_SIZE].replace("\t", " "))
    return re.sub(r" +", " ", title).strip()
