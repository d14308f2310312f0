"""Announcements whose words changed with the kernel's age, or differ by processor."""

from __future__ import annotations

import pytest

from runner.console import find_crash
from tests.runner.console.test_formats import ENTRY, crash_of, trace

ASM = trace("foo_write", "vfs_write", *ENTRY)
AGES = {
    # WARN(): the words moved from one side of the place to the other
    "3.10": (
        "WARNING: at net/foo.c:12 foo_open+0x1/0x2()\nModules linked in:\n"
        "Pid: 1, comm: repro Not tainted 3.10.0 #1\nCall Trace:\n"
        " [<ffffffff8105a3bf>] warn_slowpath_common+0x7f/0xc0\n"
        " [<ffffffff8105a41a>] warn_slowpath_null+0x1a/0x20\n"
        " [<ffffffff8145a41a>] foo_open+0x1a/0x20\n [<ffffffff8145a41b>] bar_open+0x1a/0x20\n",
        "WARNING in foo_open",
    ),
    "4.4": (
        "WARNING: CPU: 0 PID: 7 at net/foo.c:12 foo_open+0x1/0x2()\nModules linked in:\n"
        "CPU: 0 PID: 7 Comm: repro Not tainted 4.4.1 #1\n"
        + trace("dump_stack", "warn_slowpath_common", "warn_slowpath_null", "foo_open", "bar"),
        "WARNING in foo_open",
    ),
    "6.17": (
        "WARNING: CPU: 0 PID: 7 at net/foo.c:12 foo_open+0x1/0x2, CPU#0: repro/7\n"
        "RIP: 0010:foo_open+0x1/0x2\n" + ASM,
        "WARNING in foo_open",
    ),
    "6.19": (
        "WARNING: [refs < 0] net/foo.c:12 at foo_open+0x1/0x2, CPU#0: repro/7\n"
        "RIP: 0010:foo_open+0x1/0x2\n" + ASM,
        "WARNING in foo_open",
    ),
    "6.19 refcount": (
        "refcount_t: underflow; use-after-free.\n"
        "WARNING: lib/refcount.c:28 at refcount_warn_saturate+0x1/0x2, CPU#1: repro/7\n"
        "RIP: 0010:refcount_warn_saturate+0x1/0x2\n" + ASM,
        "WARNING: refcount bug in foo_write",
    ),
    "usercopy warning": (
        "WARNING: CPU: 0 PID: 7 at mm/usercopy.c:81 usercopy_warn+0x1/0x2\n"
        "RIP: 0010:usercopy_warn+0x1/0x2\n" + trace("__check_object_size", "foo_read", *ENTRY),
        "WARNING: bad usercopy in foo_read",
    ),
    # panic()
    "6.16 panic": (
        "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: foo+0x1/0x2\n"
        + trace("dump_stack_lvl", "vpanic", "panic", "__stack_chk_fail", "foo"),
        "kernel panic: stack is corrupted in foo",
    ),
    "panic in interrupt": (
        "Kernel panic - not syncing: Fatal exception in interrupt\n",
        "kernel panic: Fatal exception",
    ),
    "compulsory oom": (
        "Kernel panic - not syncing: System is deadlocked on memory\n"
        + trace("dump_stack_lvl", "vpanic", "panic", "out_of_memory", "foo"),
        "kernel panic: System is deadlocked on memory",
    ),
    "arm64 stack": (
        "Insufficient stack space to handle exception!\n"
        "Kernel panic - not syncing: kernel stack overflow\n"
        + trace("dump_backtrace", "panic", "handle_bad_stack", "foo", word="Call trace:"),
        "kernel panic: kernel stack overflow",
    ),
    # faults
    "5.8 divide": (
        "divide_error: 0000 [#1] SMP\nRIP: 0010:foo_rate+0x1/0x2\n" + ASM,
        "divide error in foo_rate",
    ),
    "6.10 divide": (
        "Oops: divide error: 0000 [#1] SMP\nRIP: 0010:foo_rate+0x1/0x2\n" + ASM,
        "divide error in foo_rate",
    ),
    "4.4 gpf": (
        "general protection fault: 0000 [#1] SMP KASAN\n"
        "RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] foo_peek+0x1/0x2\n" + ASM,
        "general protection fault in foo_peek",
    ),
    "5.6 gpf": (
        "general protection fault, maybe for address 0xffff888000000000: 0000 [#1] SMP\n"
        "RIP: 0010:foo_peek+0x1/0x2\n" + ASM,
        "general protection fault in foo_peek",
    ),
    "4.4 null call": (
        "BUG: unable to handle kernel NULL pointer dereference at           (null)\n"
        "IP: [<          (null)>]           (null)\n"
        "RIP: 0010:[<0000000000000000>]  [<          (null)>]           (null)\n" + ASM,
        "BUG: unable to handle kernel NULL pointer dereference in foo_write",
    ),
    "6.1 null call": (
        "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
        "RIP: 0010:0x0\nCode: Unable to access opcode bytes at 0xffffffffffffffd6.\n" + ASM,
        "BUG: unable to handle kernel NULL pointer dereference in foo_write",
    ),
    "arm abort": (
        "8<--- cut here ---\nUnhandled fault: alignment exception (0x001) at 0xc0000001\n"
        "PC is at foo_load+0x10/0x80\nLR is at bar+0x8/0x20\nBacktrace: \n"
        "[<80240a10>] (foo_load) from [<80240b10>] (bar+0x8/0x20)\n"
        "[<80240a10>] (bar) from [<80240b10>] (baz+0x8/0x20)\n",
        "Unhandled fault in foo_load",
    ),
    "arm alignment": (
        "Alignment trap: not expected\nPC is at foo_load+0x10/0x80\n"
        "Call trace:\n foo_load from bar+0x8/0x20\n bar from baz+0x8/0x20\n",
        "Alignment trap in foo_load",
    ),
    "arm64 ubsan trap": (
        "Internal error: UBSAN: array index out of bounds: 00000000f2005512 [#1] PREEMPT SMP\n"
        "pc : foo_index+0x24/0x90\nlr : bar+0x10/0x90\n"
        + trace("foo_index", "bar", "el0_svc", word="Call trace:"),
        "Internal error in foo_index",
    ),
    "arm64 bug": (
        "kernel BUG at net/foo.c:9!\nInternal error: Oops - BUG: 00000000f2000800 [#1] SMP\n"
        "pc : foo_check+0x24/0x90\nlr : bar+0x10/0x90\n"
        + trace("foo_check", "bar", "el0_svc", word="Call trace:"),
        "kernel BUG in foo_check",
    ),
    "riscv bug": (
        "kernel BUG at net/foo.c:9!\nKernel BUG [#1]\nModules linked in:\n"
        "epc : foo_check+0x24/0x90\n ra : bar+0x10/0x90\n" + trace("foo_check", "bar"),
        "kernel BUG in foo_check",
    ),
    "ppc bug": (
        "kernel BUG at net/foo.c:9!\nOops: Exception in kernel mode, sig: 5 [#1]\n"
        "NIP:  c0000000009a1b2c LR: c0000000009a1b28 CTR: 0\n"
        "NIP [c0000000009a1b2c] foo_check+0x2c/0x90\nLR [c0000000009a1b28] bar+0x28/0x90\n"
        "Call Trace:\n[c00000000a1b7a30] [c0000000009a1b28] bar+0x28/0x90\n"
        "[c00000000a1b7a40] [c0000000009a1b38] baz+0x28/0x90\n",
        "kernel BUG in foo_check",
    ),
    "s390 warning": (
        "WARNING: CPU: 0 PID: 7 at net/foo.c:12 foo_open+0x1/0x2\n"
        "Krnl PSW : 0704c00180000000 00000000001a2b3c (foo_open+0x24/0x90)\n"
        "Call Trace:\n [<00000000001a2b3c>] foo_open+0x24/0x90 \n"
        " [<00000000001a2b4c>] bar+0x24/0x90 \n",
        "WARNING in foo_open",
    ),
    # allocators and locks of newer kernels
    "6.14 kmalloc": (
        "WARNING: CPU: 0 PID: 7 at mm/page_alloc.c:4729 __alloc_frozen_pages_noprof+0x1/0x2\n"
        "RIP: 0010:__alloc_frozen_pages_noprof+0x1/0x2\n"
        + trace("alloc_pages_mpol", "___kmalloc_large_node", "__do_kmalloc_node", "foo_ioctl"),
        "WARNING in foo_ioctl",
    ),
    "realtime": (
        "BUG: sleeping function called from invalid context at kernel/locking/spinlock_rt.c:48\n"
        + trace("dump_stack_lvl", "__might_resched", "__rt_spin_lock", "rt_spin_lock", "foo_irq"),
        "BUG: sleeping function called from invalid context in foo_irq",
    ),
    "paravirtual spinlock": (
        "BUG: KASAN: slab-use-after-free in __pv_queued_spin_lock_slowpath+0x1/0x2\n"
        "Read of size 4 at addr ffff88801 by task a/1\n"
        + trace("kasan_report", "__pv_queued_spin_lock_slowpath", "do_raw_spin_lock", "foo_poll"),
        "KASAN: slab-use-after-free Read in foo_poll",
    ),
    "stopped thread": (
        "BUG: KASAN: use-after-free in kthread_stop+0x1/0x2\n"
        "Write of size 4 at addr ffff88801 by task a/1\n"
        + trace("kasan_report", "kthread_stop", "foo_exit", *ENTRY),
        "KASAN: use-after-free Write in foo_exit",
    ),
    # stalls
    "idle stall": (
        "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
        "CPU: 0 PID: 0 Comm: swapper/0\nRIP: 0010:foo_spin+0x1/0x2\nCall Trace:\n <IRQ>\n"
        + "".join(f" {name}+0x1/0x2\n" for name in ("rcu_sched_clock_irq", "tick_nohz_handler"))
        + " asm_sysvec_apic_timer_interrupt+0x1a/0x20\nRIP: 0010:foo_spin+0x1/0x2\n"
        + " foo_timer+0x1/0x2\n __hrtimer_run_queues+0x1/0x2\n hrtimer_interrupt+0x1/0x2\n",
        "INFO: rcu detected stall in foo_timer",
    ),
    "riscv stall": (
        "rcu: INFO: rcu_sched self-detected stall on CPU\nepc : foo_spin+0x1/0x2\n"
        + trace("foo_spin", "foo_open", "__riscv_sys_openat", "do_trap_ecall_u"),
        "INFO: rcu detected stall in sys_openat",
    ),
    "s390 stall": (
        "rcu: INFO: rcu_sched self-detected stall on CPU\n"
        + trace("foo_spin", "__s390x_sys_openat", "__do_syscall", "system_call"),
        "INFO: rcu detected stall in sys_openat",
    ),
    "overflow": (
        "UBSAN: signed-integer-overflow in net/foo.c:1:2\n"
        + trace("dump_stack", "handle_overflow", "__ubsan_handle_add_overflow", "foo_add"),
        "UBSAN: signed-integer-overflow in foo_add",
    ),
    "words that are new": (
        "BUG: assuming non migratable context at net/foo.c:12\n"
        + trace("dump_stack_lvl", "__cant_migrate", "foo", "bar"),
        "BUG: assuming non migratable context at net/foo.c:LINE",
    ),
    "kernfs stall": (
        "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [repro:7]\n"
        "RIP: 0010:foo_scan+0x1/0x2\n"
        + trace("foo_store", "kernfs_fop_write_iter", "vfs_write", *ENTRY),
        "BUG: soft lockup in foo_store",
    ),
}


@pytest.mark.parametrize(("log", "title"), AGES.values(), ids=AGES)
@pytest.mark.parametrize("prefix", ["", "[   12.345678][    C1] "])
def test_a_kind_of_crash_has_one_title_in_all_its_forms(log: str, title: str, prefix: str) -> None:
    assert crash_of(log, prefix).title == title


@pytest.mark.parametrize(
    ("log", "corrupted"),
    [
        ("BUG: some new words\n" + trace("foo", "bar", *ENTRY), False),
        ("BUG: some new words\n", True),
        ("INFO: Freed in foo_free+0x1/0x2 age=1 cpu=0 pid=2\n" + trace("foo", *ENTRY), True),
        (AGES["6.17"][0], False),
        (AGES["6.17"][0] + "pool index 52160 out of bounds (604) for stack id 0283cbc0\n", True),
    ],
)
def test_a_report_is_corrupted_by_what_it_lacks(log: str, corrupted: bool) -> None:
    assert crash_of(log, "").corrupted is corrupted


def test_a_console_that_was_lost_corrupts_its_last_report() -> None:
    lost = AGES["6.17"][0] + "\nserialport: VM disconnected.\n"
    crash = find_crash(lost)
    assert crash is not None
    assert crash.corrupted
