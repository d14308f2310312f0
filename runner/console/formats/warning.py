"""Announcements that begin with `WARNING:`. Data only."""

from __future__ import annotations

from runner.console.formats.locks import holder_formats, order_formats
from runner.console.shape import (
    CRASHED,
    SRC,
    Format,
    Oops,
    Stack,
)

WARNED = r"WARNING: .{0,160}"


def _warning(source: str, name: str, skip: str = "") -> Format:
    """A WARN() in these files, which check what somebody else hands to them."""
    return Format(
        rf"WARNING: .{{0,160}}{source}",
        name,
        stack=Stack(CRASHED.parts, CRASHED.otherwise, skip=skip),
    )


WARNS = (
    _warning(r"lib/(?:refcount|kref)\.[ch]", "WARNING: refcount bug in {frame}", r"refcount|kref"),
    _warning(r"include/linux/kref\.h", "WARNING: refcount bug in {frame}", r"refcount|kref"),
    _warning(
        r"lib/debugobjects\.c",
        "WARNING: ODEBUG bug in {frame}",
        r"^_*debug_|work_|timer_|^_*k?v?free|^_*vunmap|kobject_put|rcu_head|^_*init_",
    ),
    _warning(
        r"lib/kobject\.c",
        "WARNING: kobject bug in {frame}",
        r"kobject|kset|device_|sysfs|kref|ref_tracker",
    ),
    _warning(r"kernel/locking/lockdep\.c", "WARNING: locking bug in {frame}", r"lock|release_sock"),
    _warning(
        r"mm/[\w/]+\.c.{0,40} k?v?[mz]alloc",
        "WARNING: kmalloc bug in {frame}",
        r"memdup|kmalloc|kvmalloc|slab",
    ),
    _warning(
        r"mm/usercopy\.c", "WARNING: bad usercopy in {frame}", r"usercopy|^__check|^check_heap"
    ),
    _warning(r"mm/vmalloc\.c", "WARNING: zero-size vmalloc in {frame}", r"^_*v[mz]alloc"),
    _warning(
        r"fs/proc/generic\.c",
        "WARNING: proc registration bug in {frame}",
        r"proc_|remove_proc",
    ),
    _warning(
        r"(?:usb_submit_urb|drivers/usb/core/urb\.c)",
        "WARNING in {frame}/usb_submit_urb",
        r"usb_submit_urb|usb_start_wait_urb|usb_bulk_msg|usb_interrupt_msg|usb_control_msg",
    ),
    Format(rf"{WARNED}{SRC}", "WARNING in {frame}", stack=CRASHED),
)

STACKS = (
    Format(
        r"WARNING: can't access registers at (?P<where>[a-zA-Z_]\w*)",
        "WARNING: can't access registers at {where}",
        trace=False,
    ),
    Format(
        r"WARNING: can't (?P<what>access|dereference) (?P<which>(?:iret )?registers) at",
        "WARNING: can't {what} {which}",
        trace=False,
    ),
    Format(
        r"WARNING: kernel stack regs at .{0,150} has bad '?(?P<what>\S*?)'? value",
        "WARNING: kernel stack regs has bad value",
        trace=False,
    ),
    Format(
        r"WARNING: kernel stack frame pointer at .{0,150} has bad value",
        "WARNING: kernel stack frame pointer has bad value",
        trace=False,
    ),
)

WARNING = Oops(
    "WARNING:",
    (*STACKS, *order_formats("WARNING"), *holder_formats("WARNING"), *WARNS),
    ignored=(
        r"WARNING: /etc/ssh/moduli does not exist",
        r"WARNING: workqueue cpumask: online intersect > possible intersect",
        r"WARNING: [Tt]he mand mount option",
        r"WARNING: Unsupported flag value\(s\) of 0x%x in DT_FLAGS_1",
        r"(?:Spectre|Specul|RETBleed|VMSCAPE|MDS|TAA|MMIO|SRBDS|GDS|ITS|TSA|SRSO|L1TF|RFDS)"
        r"[^:]{0,60}: ?WARNING:",
        r"WARNING: Unprivileged eBPF is enabled",
        r"WARNING: Spectre v2 mitigation leaves CPU vulnerable",
        r"WARNING: fbcon: Driver .{0,100} missed to adjust virtual screen size",
        r"WARNING: See https?://",
        r"WARNING: You are running an unsupported configuration",
    ),
)
