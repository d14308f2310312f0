"""Announcements that begin with `BUG:`. Data only."""

from __future__ import annotations

from runner.console.formats.locks import holder_formats
from runner.console.shape import (
    AT_INSTRUCTION,
    BAD_ACCESS,
    CALLS,
    FUNC,
    NAME,
    ON_STACK,
    RIP,
    TRACE,
    Format,
    Oops,
    Pick,
    Stack,
)

KASAN_AT = rf"BUG: KASAN: [a-z\- ]+ in {FUNC}"
KASAN_STACK = Stack((KASAN_AT, CALLS, TRACE))

KASAN = (
    Format(
        r"BUG: KASAN: double-free or invalid-free in ",
        "KASAN: invalid-free in {frame}",
        ("invalid-free in {frame}",),
        stack=KASAN_STACK,
    ),
    Format(
        r"BUG: KASAN: (?P<kind>double-free|invalid-free) in ",
        "KASAN: {kind} in {frame}",
        ("invalid-free in {frame}",),
        stack=KASAN_STACK,
    ),
    Format(
        rf"BUG: KASAN: (?P<kind>[a-z-]+) in {NAME}",
        "KASAN: {kind} {access} in {frame}",
        BAD_ACCESS,
        report=r"(?P<access>Read|Write) (?:of size|at addr)",
        stack=KASAN_STACK,
    ),
    Format(
        r"BUG: KASAN: (?P<kind>[a-z-]+) on address",
        "KASAN: {kind} {access}",
        report=r"(?P<access>Read|Write) of size",
    ),
    Format(r"BUG: KASAN: (?P<what>.*)", "KASAN: {what}", corrupted=True),
)

KMSAN = (
    Format(
        r"BUG: KMSAN: kernel-usb-infoleak",
        "KMSAN: kernel-usb-infoleak in {frame}",
        ("KMSAN origin in {frame2}",),
        trace=False,
        stack=Stack(
            (r"kernel-usb-infoleak", TRACE, r"Uninit was (?:created|stored)", TRACE),
            skip=r"alloc_skb|netlink_ack|netlink_sendmsg|usb_submit|usb_start|usb_bulk|urb",
        ),
    ),
    Format(
        r"BUG: KMSAN: (?P<kind>[a-z-]+) in",
        "KMSAN: {kind} in {frame}",
        BAD_ACCESS,
        stack=Stack((r"BUG: KMSAN: [a-z-]+ in", TRACE), skip=r"alloc_skb|_copy_to_iter|copyout"),
        trace=False,
    ),
    Format(r"BUG: KMSAN: (?P<what>.*)", "KMSAN: {what}", corrupted=True),
)

KCSAN = (
    Format(
        rf"BUG: KCSAN: (?P<kind>[a-z: -]+?) in (?P<one>{NAME})[\w.]* / (?P<other>{NAME})",
        "KCSAN: {kind} in {one} / {other}",
        trace=False,
    ),
    Format(
        rf"BUG: KCSAN: (?P<kind>[a-z: -]+?) in (?P<one>{NAME})",
        "KCSAN: {kind} in {one}",
        trace=False,
    ),
)

KFENCE_AT = Stack((rf"BUG: KFENCE: [a-z -]+ in (?:{FUNC})?", TRACE))
KFENCE = (
    Format(
        r"BUG: KFENCE: (?P<kind>(?:use-after-free|out-of-bounds|invalid)(?: read| write)?) in",
        "KFENCE: {kind} in {frame}",
        BAD_ACCESS,
        stack=KFENCE_AT,
        trace=False,
    ),
    Format(
        r"BUG: KFENCE: (?P<kind>invalid free) in",
        "KFENCE: {kind} in {frame}",
        ("invalid-free in {frame}",),
        stack=KFENCE_AT,
        trace=False,
    ),
    Format(
        r"BUG: KFENCE: (?P<kind>memory corruption) in",
        "KFENCE: {kind} in {frame}",
        stack=Stack(KFENCE_AT.parts, skip=r"^test_"),
        trace=False,
    ),
    Format(r"BUG: KFENCE: (?P<what>.*)", "KFENCE: {what}", corrupted=True),
)

ACCESSES = (
    Format(
        r"BUG: (?:unable to handle kernel paging request|unable to handle page fault for address"
        r"|Unable to handle kernel (?:data access|instruction fetch|paging request))",
        "BUG: unable to handle kernel paging request in {frame}",
        BAD_ACCESS,
        stack=AT_INSTRUCTION,
    ),
    Format(
        r"BUG: (?:unable to handle kernel|kernel|Kernel) NULL pointer dereference",
        "BUG: unable to handle kernel NULL pointer dereference in {frame}",
        BAD_ACCESS,
        stack=AT_INSTRUCTION,
    ),
    Format(
        r"BUG: unable to handle kernel",
        "BUG: unable to handle kernel",
        trace=False,
        corrupted=True,
    ),
    Format(
        r"BUG: (?:TASK )?stack guard page was hit at",
        "BUG: stack guard page was hit in {frame}",
        ("stack-overflow in {frame}",),
        stack=Stack((CALLS, TRACE), pick=Pick.STALL),
    ),
)

LOCKS = (
    *holder_formats("BUG"),
    Format(
        r"BUG: spinlock (?P<what>lockup suspected|already unlocked|bad magic|wrong owner|wrong CPU"
        r"|recursion|trylock failure on UP|cpu recursion)",
        "BUG: spinlock {what} in {frame}",
        stack=Stack(ON_STACK.parts, skip="spin_"),
    ),
    Format(
        r"BUG: rwlock (?P<what>[a-z ]+?) on",
        "BUG: rwlock {what} in {frame}",
        stack=Stack(ON_STACK.parts, skip="rwlock|spin_"),
    ),
    Format(
        r"BUG: Invalid wait context",
        "WARNING: locking bug in {frame}",
        stack=ON_STACK,
    ),
    Format(r"BUG: (?P<what>MAX_\w+ too low!)", "BUG: {what}", trace=False),
    Format(r"BUG: (?P<what>\w+ hash table? .* too low!)", "BUG: {what}", trace=False),
    Format(
        r"BUG: looking up invalid subclass",
        "BUG: looking up invalid subclass in {frame}",
        stack=ON_STACK,
    ),
    Format(
        r"BUG: using (?P<what>\w+)\(\) in preemptible",
        "BUG: using {what}() in preemptible code in {frame}",
        stack=Stack(ON_STACK.parts, skip="dump|preemption|preempt"),
    ),
    Format(
        r"BUG: sleeping function called from invalid context",
        "BUG: sleeping function called from invalid context in {frame}",
        stack=ON_STACK,
    ),
    Format(
        r"BUG: scheduling while atomic",
        "BUG: scheduling while atomic in {frame}",
        stack=Stack(ON_STACK.parts, skip="schedule"),
    ),
    Format(
        r"BUG: workqueue leaked lock or atomic",
        "BUG: workqueue leaked lock or atomic in {frame}",
        report=rf"last function: (?P<func>{NAME})",
        stack=Stack((rf"last function: ({NAME})",)),
        trace=False,
    ),
    Format(
        r"BUG: workqueue leaked atomic, lock or RCU",
        "BUG: workqueue leaked atomic, lock or RCU in {frame}",
        stack=Stack((rf"workfn=({NAME})",)),
        trace=False,
    ),
    Format(
        r"BUG: .{1,200}trying to register non-static key",
        "INFO: trying to register non-static key in {frame}",
        stack=ON_STACK,
    ),
)

HANGS = (
    Format(
        r"BUG: soft lockup",
        "BUG: soft lockup in {frame}",
        ("stall in {frame}",),
        stack=Stack((RIP, TRACE), otherwise=(CALLS, TRACE), pick=Pick.STALL),
    ),
    Format(r"BUG: workqueue lockup", "BUG: workqueue lockup", trace=False),
)

LEAKED = Stack(
    (r"backtrace(?: \(crc [0-9a-f]*\))?:", TRACE),
    skip=r"kmemleak|mmap|kmalloc|vmalloc|krealloc|kmem|slab|alloc|create_object|idr_get"
    r"|list_lru_init|kasprintf|kvasprintf|pcpu_create|strdup|strndup|memdup|nsset",
)
"""What allocated the memory, and for whom it did."""

OBJECTS = (
    Format(r"BUG: Bad rss-counter state", "BUG: Bad rss-counter state", trace=False),
    Format(
        r"BUG: non-zero (?P<what>nr_ptes|nr_pmds|pgtables_bytes) on freeing mm",
        "BUG: non-zero {what} on freeing mm",
        trace=False,
    ),
    Format(
        r"BUG: Dentry .{1,200} still in use .{0,100}\[(?P<what>unmount of [^\]]{1,100})\]",
        "BUG: Dentry still in use in unmount",
        ("BUG: Dentry still in use [{what}]",),
    ),
    Format(
        r"BUG: Bad page (?P<what>state|map|cache)",
        "BUG: Bad page {what} in {frame}",
        stack=Stack(
            (r"page last allocated|" + CALLS, TRACE),
            skip=r"bad_page|free_page|free_unref|put_page|page_remove|page_pool_alloc|set_page_owner",
        ),
    ),
    Format(
        r"BUG: memory leak", "memory leak in {frame}", report=r"unreferenced object", stack=LEAKED
    ),
    Format(r"BUG: executor-detected bug", "BUG: executor-detected bug", trace=False),
)

BUG = Oops(
    "BUG:",
    (*KASAN, *KMSAN, *KCSAN, *KFENCE, *ACCESSES, *LOCKS, *HANGS, *OBJECTS),
    ignored=(
        r"ODEBUG:",
        r"DEBUG:",
        r"xlog_status:",
        r"BUG: no syscalls can create resource",
    ),
)
