"""Kinds of crashes, each on a small console of our own, with what else is known of it."""

from __future__ import annotations

import pytest

from runner.console import find_crash
from runner.values import Crash


def trace(*functions: str, word: str = "Call Trace:") -> str:
    return f"{word}\n" + "".join(f" {name}+0x12/0x340\n" for name in functions)


ENTRY = ("do_syscall_64", "entry_SYSCALL_64_after_hwframe")
HELD = "ffff888 (&foo->lock){+.+.}-{4:4}, at: foo_lock+0x2/0x20\n"
TITLES = {
    "KASAN: invalid-free in foo_put": (
        "BUG: KASAN: double-free or invalid-free in kfree+0x2/0x20\n"
        + trace("dump_stack", "kasan_report_invalid_free", "kfree", "foo_put", *ENTRY)
    ),
    "KASAN: null-ptr-deref Write in foo_init": (
        "BUG: KASAN: null-ptr-deref in foo_init+0x2/0x20\nWrite of size 4 at addr 00 by task a/1\n"
        + trace("dump_stack_lvl", "kasan_report", "foo_init", *ENTRY)
    ),
    "KASAN: wild-memory-access Read": (
        "BUG: KASAN: wild-memory-access on address 1ffffffff\nRead of size 4 by task a/1\n"
        + trace("foo", *ENTRY)
    ),
    "KCSAN: assert: race in foo_count": "BUG: KCSAN: assert: race in foo_count+0x2/0x20\n",
    "KCSAN: data-race in foo_add / foo_sub": "BUG: KCSAN: data-race in foo_add.part.0 / foo_sub\n",
    "KFENCE: use-after-free write in foo_reset": (
        "BUG: KFENCE: use-after-free write in foo_reset+0x2/0x20\n\n"
        "Use-after-free write at 0x0000000012345678 (in kfence-#1):\n foo_reset+0x2/0x20\n"
    ),
    "KMSAN: kernel-infoleak in foo_read": (
        "BUG: KMSAN: kernel-infoleak in instrument_copy_to_user include/linux/i.h:1 [inline]\n"
        " _copy_to_user+0xbc/0x110\n foo_read+0x1/0x2\n"
    ),
    "UBSAN: array-index-out-of-bounds in foo_table": (
        "UBSAN: array-index-out-of-bounds in drivers/foo.c:3:9\n"
        + trace("dump_stack_lvl", "ubsan_epilogue", "foo_table", *ENTRY)
    ),
    "BUG: unable to handle kernel paging request in foo_ppc": (
        "BUG: Unable to handle kernel data access on read at 0xc00a000000\n"
        "NIP [c000000000123456] foo_ppc+0x20/0x100\nLR [c000000000123450] foo_ppc+0x1c/0x100\n"
        "Call Trace:\n[c000000012345678] [c000000000123450] bar_ppc+0x1c/0x100 (unreliable)\n"
    ),
    "BUG: unable to handle kernel NULL pointer dereference in foo_arm": (
        "8<--- cut here ---\n"
        "Unable to handle kernel NULL pointer dereference at virtual address 00000004 when read\n"
        "PC is at foo_arm+0x10/0x80\nLR is at bar_arm+0x8/0x20\n"
        "Call trace:\n foo_arm from bar_arm+0x8/0x20\n"
    ),
    "BUG: unable to handle kernel paging request in foo_riscv": (
        "Unable to handle kernel paging request at virtual address dfffffff00000000\n"
        "epc : foo_riscv+0x24/0x90\n ra : bar_riscv+0x10/0x90\n"
        "Call Trace:\n[<ffffffff80010a14>] foo_riscv+0x24/0x90\n"
    ),
    "BUG: unable to handle kernel paging request in foo_s390": (
        "Unable to handle kernel pointer dereference in virtual kernel address space\n"
        "Krnl PSW : 0704c00180000000 00000000001a2b3c (foo_s390+0x24/0x90)\n"
        "Call Trace:\n ([<00000000001a2b3c>] foo_s390+0x24/0x90)\n"
    ),
    "BUG: unable to handle kernel NULL pointer dereference in foo_i386": (
        "BUG: kernel NULL pointer dereference, address: 00000004\nEIP: foo_i386+0x10/0x80\n"
        + trace("bar_i386", "do_int80_syscall_32", "entry_INT80_32")
    ),
    "stack segment fault in foo_ss": (
        "stack segment: 0000 [#1] SMP\nRIP: 0010:foo_ss+0x1/0x2\n" + trace("bar", *ENTRY)
    ),
    "int3 in foo_probe": "Oops: int3: 0000 [#1] SMP\nRIP: 0010:foo_probe+0x1/0x2\n",
    "PANIC: double fault in foo_deep": (
        "traps: PANIC: double fault, error_code: 0x0\nRIP: 0010:foo_deep+0x1/0x2\n" + trace("foo")
    ),
    "BUG: stack guard page was hit in foo_setsockopt": (
        "BUG: TASK stack guard page was hit at ffffc900 (stack is ffffc900..ffffc901)\n"
        "RIP: 0010:foo_deep+0x1/0x2\n"
        + trace("foo_deep", "foo_deep", "foo_setsockopt", "__sys_setsockopt", *ENTRY)
    ),
    "BUG: corrupted list in foo_unlink": (
        "kernel BUG at lib/list_debug.c:56!\nRIP: 0010:__list_del_entry_valid_or_report+0x1/0x2\n"
        + trace("foo_unlink", *ENTRY)
    ),
    "WARNING: ODEBUG bug in foo_free": (
        "ODEBUG: free active (active state 0) object: ffff8 object type: timer_list hint: tick\n"
        "WARNING: CPU: 0 PID: 9 at lib/debugobjects.c:514 debug_print_object+0x1/0x2\n"
        "RIP: 0010:debug_print_object+0x1/0x2\n"
        + trace("__debug_check_no_obj_freed", "kfree", "foo_free", *ENTRY)
    ),
    "WARNING: kobject bug in foo_register": (
        "WARNING: CPU: 0 PID: 9 at lib/kobject.c:734 kobject_put+0x1/0x2\n"
        "RIP: 0010:kobject_put+0x1/0x2\n" + trace("device_add", "foo_register", *ENTRY)
    ),
    "WARNING in foo_open/usb_submit_urb": (
        "usb 1-1: BOGUS urb xfer, pipe 1 != type 3\n"
        "WARNING: CPU: 0 PID: 9 at drivers/usb/core/urb.c:494 usb_submit_urb+0x1/0x2\n"
        "RIP: 0010:usb_submit_urb+0x1/0x2\n" + trace("usb_start_wait_urb", "foo_open", *ENTRY)
    ),
    "WARNING: bad unlock balance in foo_exit": (
        "WARNING: bad unlock balance detected!\nrepro/1 is trying to release lock (foo) at:\n"
        "[<ffffffff81234567>] foo_exit+0x1/0x2\nbut there are no more locks to release!\n"
        + trace("dump_stack", "foo_exit", *ENTRY)
    ),
    "WARNING: locking bug in foo_wait": (
        "[ BUG: Invalid wait context ]\nrepro/1 is trying to lock:\n" + HELD + "stack backtrace:\n"
        "CPU: 0 PID: 1\n" + trace("dump_stack", "__lock_acquire", "lock_acquire", "foo_wait")
    ),
    "BUG: MAX_LOCKDEP_CHAINS too low!": "BUG: MAX_LOCKDEP_CHAINS too low!\n",
    "WARNING: lock held when returning to user space in foo_lock": (
        "WARNING: lock held when returning to user space!\n"
        "repro/1 is leaving the kernel with locks still held!\n1 lock held by repro/1:\n #0: "
        + HELD
    ),
    "INFO: task can't die in foo_loop": (
        "INFO: task repro:1 can't die for more than 143 seconds.\n"
        + trace("__schedule", "schedule", "foo_loop", *ENTRY)
    ),
    "INFO: task hung in synchronize_rcu": (
        "INFO: task repro:1 blocked for more than 143 seconds.\n"
        + trace("__schedule", "schedule_timeout", "wait_for_completion", "synchronize_net", "foo")
    ),
    "unregister_netdevice: waiting for DEV to become free": (
        "unregister_netdevice: waiting for lo to become free. Usage count = 2\n"
    ),
    "BUG: Bad rss-counter state": "BUG: Bad rss-counter state mm:ffff8 type:MM_FILEPAGES val:1\n",
    "BUG: non-zero pgtables_bytes on freeing mm": (
        "BUG: non-zero pgtables_bytes on freeing mm: 4096\n"
    ),
    "VFS: Busy inodes after unmount (use-after-free)": (
        "VFS: Busy inodes after unmount of loop0 (ext4)\n"
    ),
    "kernel panic: corrupted stack end in foo_recvmsg": (
        "Kernel panic - not syncing: corrupted stack end detected inside scheduler\n"
        + trace("dump_stack", "panic", "__schedule", "foo_recvmsg", "sock_recvmsg", *ENTRY)
    ),
    "kernel panic: panic_on_warn set": "Kernel panic - not syncing: panic_on_warn set ...\n",
    "SYZFAIL: tun read failed": "SYZFAIL: tun read failed\n (errno 9: Bad file descriptor)\n",
    "go runtime error": "fatal error: all goroutines are asleep - deadlock!\n",
    "panic: runtime error: index out of range [NUM]": (
        "panic: runtime error: index out of range [7]\n"
    ),
}
PREFIXES = {"bare": "", "time": "[   12.345678] ", "task": "[   12.345678][  T123] "}


def crash_of(log: str, prefix: str) -> Crash:
    crash = find_crash("".join(f"{prefix}{line}\n" for line in ["booting", *log.splitlines()]))
    assert crash is not None
    return crash


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
@pytest.mark.parametrize(("title", "log"), TITLES.items(), ids=TITLES)
def test_a_kind_of_crash_has_its_title(title: str, log: str, prefix: str) -> None:
    assert crash_of(log, prefix).title == title


@pytest.mark.parametrize(
    ("title", "alt"),
    [
        ("KASAN: invalid-free in foo_put", ("invalid-free in foo_put",)),
        ("int3 in foo_probe", ()),
        ("stack segment fault in foo_ss", ()),
        ("BUG: corrupted list in foo_unlink", ("bad-access in foo_unlink",)),
        (
            "BUG: stack guard page was hit in foo_setsockopt",
            ("stack-overflow in foo_setsockopt",),
        ),
        (
            "INFO: task hung in synchronize_rcu",
            (
                "INFO: task hung in synchronize_net",
                "hang in synchronize_rcu",
                "hang in synchronize_net",
            ),
        ),
    ],
)
def test_crashes_of_one_effect_share_a_title(title: str, alt: tuple[str, ...]) -> None:
    assert crash_of(TITLES[title], "").alt_titles == alt


@pytest.mark.parametrize(
    ("title", "corrupted"),
    [
        ("stack segment fault in foo_ss", False),
        ("kernel panic: panic_on_warn set", True),
        ("int3 in foo_probe", True),
        ("unregister_netdevice: waiting for DEV to become free", False),
    ],
)
def test_a_report_with_holes_is_corrupted(title: str, corrupted: bool) -> None:
    assert crash_of(TITLES[title], "").corrupted is corrupted
