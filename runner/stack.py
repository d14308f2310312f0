"""Which source files stand on the stack of a symbolised crash report. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

SOURCE = re.compile(
    r"(?<![\w./-])(?:\./)?(?P<path>\w[\w-]*(?:/[\w.-]+)+\.(?:[chS]|rs)):\d", re.ASCII
)
"""A relative path with a line number, as `path/file.c:123`; not the tail of a longer path."""
DOUBTFUL = re.compile(r"\s*(?:\[<[0-9a-f]+>\] ?)?\? ")
"""What the unwinder only guesses to be a frame."""
INSIDE = re.compile(r"\w[\w-]*(?:/[\w.-]+)+", re.ASCII)
"""A path that stays in the tree, once it has been shortened."""

BYSTANDERS = {
    "every system call, interrupt and fault enters here": (
        r"arch/\w+/(?:boot|entry|lib)/|kernel/entry/|init/main\.c"
        r"|arch/\w+/kernel/(?:apic/|dumpstack|entry|exception|fred|head|idt|irq|kvm\.c|nmi|paravirt"
        r"|process|signal|smp|stacktrace|sys|time|traps|unwind|vector)|arch/\w+/mm/fault"
        r"|fs/(?:fcntl|ioctl|open|read_write|select)\.c|net/(?:compat|socket)\.c|ipc/syscall\.c"
    ),
    "passes every netlink message on": r"net/netlink/(?:af_netlink|genetlink)\.c",
    "runs whatever it is given": (
        r"kernel/(?:async|exit|irq_work|kthread|notifier|signal|smp|smpboot|softirq|task_work|umh"
        r"|workqueue)\.c"
    ),
    "schedules and keeps the time": (
        r"kernel/(?:irq|rcu|sched)/|kernel/time/(?:clockevents|hrtimer|sleep|tick|time)"
    ),
    "locks, and checks locks": r"kernel/locking/",
    "tells of the crash": (
        r"kernel/(?:kcov|panic|hung_task|stacktrace|watchdog|extable)|kernel/(?:kcsan|printk)/"
    ),
    "checks the memory and the objects of others": (
        r"mm/(?:kasan|kfence|kmsan)/|mm/(?:failslab|kmemleak|maccess|page_owner|usercopy)"
        r"|lib/(?:bug|debugobjects|dump_stack|fault-inject|fortify|list_debug|nmi_backtrace|ref_tracker"
        r"|refcount|smp_processor_id|stackdepot|ubsan|usercopy)"
    ),
    "allocates and frees for everybody": (
        r"mm/(?:mempool\.|page_alloc|percpu|slab|slob|slub|util|vmalloc)"
    ),
    "keeps everybody's lists, trees and strings": (
        r"lib/(?:idr|klist|kobject|percpu|radix|rbtree|rhashtable|string|vsprintf|xarray)"
    ),
    "a header: what it defines is inlined into its users": r".*\.h$",
}
"""Files that are on many stacks and say nothing of who is to blame: the reason, and which."""

_bystanders = {reason: re.compile(pattern) for reason, pattern in BYSTANDERS.items()}


def stack_files(report: str) -> tuple[str, ...]:
    """The source files of the frames, top frame first, each once, without bystanders.

    `report` has paths with line numbers in it: all frames of a symbolised one, otherwise at most
    the place of a BUG() or WARN(). A path such as `arch/x86/kvm/../../../virt/kvm/kvm_main.c`
    is given in its short form.
    """
    return tuple(path for path in dict.fromkeys(_paths(report)) if not bystander(path))


def bystander(path: str) -> str:
    """Why a file says nothing of the crash it is on the stack of; empty when it does."""
    return next((reason for reason, files in _bystanders.items() if files.match(path)), "")


def _paths(report: str) -> Iterator[str]:
    for line in report.splitlines():
        if DOUBTFUL.match(line):
            continue
        for found in SOURCE.finditer(line):
            path = posixpath.normpath(found["path"])
            if INSIDE.fullmatch(path):
                yield path
