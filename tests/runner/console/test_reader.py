"""Crashes are found on Linux consoles and get the names that people know them by."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runner.console import REPORT_SIZE, find_crash, first_header
from runner.console.formats import OOPSES
from runner.console.headers import oops_in
from runner.console.shape import Format, Oops


def trace(*functions: str) -> str:
    return "Call Trace:\n <TASK>\n" + "".join(f" {name}+0x12/0x340\n" for name in functions)


SYSCALL = ("do_syscall_64", "entry_SYSCALL_64_after_hwframe")
CRASHES = {
    "WARNING in svm_leave_nested": (
        "------------[ cut here ]------------\n"
        "WARNING: CPU: 0 PID: 51 at arch/x86/kvm/svm/nested.c:1204 svm_leave_nested+0x1d/0x210\n"
        "RIP: 0010:svm_leave_nested+0x1d/0x210\n"
        + trace("kvm_arch_vcpu_ioctl", "kvm_vcpu_ioctl", *SYSCALL)
    ),
    "WARNING in dput_many": (
        "WARNING: fs/dcache.c:829 at dput_many+0x334/0x430, CPU#0: repro/60\n"
        "RIP: 0010:dput_many+0x334/0x430\n" + trace("__fput")
    ),
    "WARNING: refcount bug in foo_release": (
        "WARNING: CPU: 1 PID: 2 at lib/refcount.c:28 refcount_warn_saturate+0x11/0x20\n"
        "RIP: 0010:refcount_warn_saturate+0x11/0x20\n" + trace("foo_release", "__fput")
    ),
    "WARNING: suspicious RCU usage in foo_lookup": (
        "WARNING: suspicious RCU usage\nnet/foo.c:12 suspicious rcu_dereference_check() usage!\n"
        "stack backtrace:\n" + trace("dump_stack", "lockdep_rcu_suspicious", "foo_lookup")
    ),
    "BUG: unable to handle kernel NULL pointer dereference in foo_write": (
        "BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
        "#PF: supervisor read access in kernel mode\nOops: 0000 [#1] PREEMPT SMP\n"
        "RIP: 0010:memcpy_erms+0x6/0x10\n" + trace("foo_write", "vfs_write", *SYSCALL)
    ),
    "BUG: unable to handle kernel paging request in foo_read": (
        "BUG: unable to handle page fault for address: ffffed1000000000\n"
        "RIP: 0010:foo_read.isra.0+0x6/0x10\n" + trace("vfs_read", *SYSCALL)
    ),
    "BUG: unable to handle kernel paging request in bar_poll": (
        "Unable to handle kernel paging request at virtual address dead000000000100\n"
        "pc : bar_poll+0x24/0x90\nlr : bar_poll+0x10/0x90\n"
        "Call trace:\n bar_poll+0x24/0x90 (P)\n"
    ),
    "general protection fault in foo_ioctl": (
        "Oops: general protection fault, probably for non-canonical address 0xdffffc0000000001\n"
        "RIP: 0010:foo_ioctl+0x6/0x10\n" + trace("__x64_sys_ioctl", *SYSCALL)
    ),
    "divide error in foo_rate": "divide error: 0000 [#1] SMP\nRIP: 0010:foo_rate+0x6/0x10\n",
    "invalid opcode in foo_ud2": "invalid opcode: 0000 [#1] SMP\nRIP: 0010:foo_ud2+0x6/0x10\n",
    "kernel BUG in foo_free": (
        "kernel BUG at mm/foo.c:77!\ninvalid opcode: 0000 [#1] SMP\nRIP: 0010:foo_free+0x1/0x2\n"
    ),
    "KASAN: slab-use-after-free Read in foo_timer": (
        "BUG: KASAN: slab-use-after-free in __list_add_valid+0x2/0x20\n"
        "Read of size 8 at addr ffff888012345678 by task repro/51\n\n"
        + trace("dump_stack_lvl", "print_report", "kasan_report", "__list_add_valid", "foo_timer")
    ),
    "KASAN: double-free in foo_close": (
        "BUG: KASAN: double-free in kfree+0x2/0x20\n"
        "Free of addr ffff888012345678 by task repro/51\n" + trace("kfree", "foo_close")
    ),
    "KMSAN: uninit-value in foo_parse": (
        "BUG: KMSAN: uninit-value in foo_parse+0x2/0x20\n foo_parse+0x2/0x20\n"
    ),
    "KCSAN: data-race in foo_get / foo_put": "BUG: KCSAN: data-race in foo_get / foo_put\n",
    "UBSAN: shift-out-of-bounds in foo_mount": (
        "UBSAN: shift-out-of-bounds in fs/foo.c:12:7\nshift exponent 99 is too large\n"
        + trace("dump_stack_lvl", "__ubsan_handle_shift_out_of_bounds", "foo_mount")
    ),
    "possible deadlock in foo_lock_all": (
        "WARNING: possible circular locking dependency detected\n"
        "repro/51 is trying to acquire lock:\n"
        "ffff888 (&foo->lock){+.+.}-{4:4}, at: foo_lock_all+0x2/0x20\n\n"
        "but task is already holding lock:\n"
        "ffff889 (&bar->lock){+.+.}-{4:4}, at: bar_lock+0x2/0x20\n"
    ),
    "inconsistent lock state in foo_irq": (
        "WARNING: inconsistent lock state\nrepro/51 [HC0[0]:SC0[0]:HE1:SE1] takes:\n"
        "ffff888 (&foo->lock){?.+.}-{3:3}, at: foo_irq+0x2/0x20\n"
    ),
    "INFO: task hung in foo_sync": (
        "INFO: task repro:51 blocked for more than 143 seconds.\n"
        + trace("__schedule", "schedule", "mutex_lock", "foo_sync", *SYSCALL)
    ),
    "INFO: task hung in rtnl_lock": (
        "INFO: task kworker/0:1:51 blocked for more than 143 seconds.\n"
        + trace("__schedule", "schedule", "mutex_lock", "rtnl_lock", "foo_work")
    ),
    "INFO: rcu detected stall in sys_foo": (
        "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
        + trace("foo_spin", "foo_loop", "__x64_sys_foo", *SYSCALL)
    ),
    "BUG: soft lockup in foo_work": (
        "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [kworker/0:1:9]\n"
        "RIP: 0010:foo_spin+0x1/0x2\n" + trace("foo_work", "process_one_work", "kthread")
    ),
    "BUG: scheduling while atomic in foo_wait": (
        "BUG: scheduling while atomic: repro/51/0x00000002\n"
        + trace("dump_stack", "__schedule_bug", "__schedule", "schedule", "foo_wait")
    ),
    "BUG: sleeping function called from invalid context in foo_alloc": (
        "BUG: sleeping function called from invalid context at mm/slab.h:99\n"
        + trace("dump_stack", "__might_resched", "kmem_cache_alloc", "foo_alloc")
    ),
    "memory leak in foo_open": (
        "BUG: memory leak\nunreferenced object 0xffff888012345678 (size 96):\n"
        "  backtrace:\n    [<00000000e0>] kmalloc_trace+0x2/0x20\n"
        "    [<00000000e1>] foo_open+0x2/0x20\n"
    ),
    "kernel panic: VFS: Unable to mount root fs on unknown-block(NUM,NUM)": (
        "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n"
    ),
    "kernel panic: Attempted to kill init!": (
        "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n"
    ),
    "WARNING in corrupted": "WARNING: CPU: 0 PID: 51 at arch/x86/kvm/x86.c:1\n",
}
BOOT = "Linux version 6.12.0 (builder@host) (gcc 12.2.0) #1 SMP\nCommand line: console=ttyS0\n"


def console(log: str, prefix: str, end: str) -> str:
    return "".join(f"{prefix}{line}{end}" for line in (BOOT + log).splitlines())


PLAIN, TIMED, CALLER = "", "[    1.234567] ", "[    1.234567][   T51] "


@pytest.mark.parametrize("prefix", [PLAIN, TIMED, CALLER, "<4>" + TIMED])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x1b[0m\r\n"])
@pytest.mark.parametrize(("title", "log"), CRASHES.items(), ids=CRASHES)
def test_a_crash_has_its_name(title: str, log: str, prefix: str, end: str) -> None:
    text = console(log, prefix, end)
    crash = find_crash(text)
    assert crash is not None
    assert crash.title == title
    assert "1.234567" not in crash.report
    assert "\r" not in crash.report
    assert first_header(text.encode())


INNOCENT = {
    "a boot": BOOT,
    "mitigations": "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on\n",
    "a program's fault": "traps: repro[51] general protection fault ip:401136 sp:7ffe error:0\n",
    "a program's division": "traps: repro[51] trap divide error ip:401136 sp:7ffe error:0\n",
    "a segfault": "repro[51]: segfault at 0 ip 0000000000401136 sp 00007ffe error 4 in repro\n",
    "lockdep off": "INFO: lockdep is turned off.\n",
    "a debug kernel": "DEBUG: BUG_ON is compiled in; KASAN: initialized\n",
    "nothing": "",
}


@pytest.mark.parametrize("log", INNOCENT.values(), ids=INNOCENT)
def test_what_is_no_crash_is_none(log: str) -> None:
    assert find_crash(console(log, TIMED, "\r\n")) is None
    assert first_header(log.encode()) is None


def test_lines_of_other_tasks_are_no_part_of_a_report() -> None:
    log = (
        "[    1.0][   T51] WARNING: CPU: 0 PID: 51 at a/b.c:7\n"
        "[    1.0][   T60] Call Trace:\n"
        "[    1.0][   T60]  wrong_task+0x1/0x2\n"
        "[    1.0][   T51] Call Trace:\n"
        "[    1.0][   T51]  right_task+0x1/0x2\n"
    )
    crash = find_crash(log)
    assert crash is not None
    assert crash.title == "WARNING in right_task"
    assert "wrong_task" not in crash.report


def test_the_first_of_two_crashes_counts_and_its_report_ends_where_it_ends() -> None:
    first, second = CRASHES["kernel BUG in foo_free"], CRASHES["divide error in foo_rate"]
    crash = find_crash(f"{first}---[ end trace 0 ]---\n{second}")
    assert crash is not None
    assert crash.title == "kernel BUG in foo_free"
    assert crash.report == f"{first}---[ end trace 0 ]---"


def test_a_doubtful_frame_names_nothing() -> None:
    crash = find_crash("BUG: scheduling while atomic: a\nCall Trace:\n ? x+0x1/0x2\n y+0x1/0x2\n")
    assert crash is not None
    assert crash.title == "BUG: scheduling while atomic in y"


FORMATS = [(oops, form) for oops in OOPSES for form in oops.formats]


@pytest.mark.parametrize(
    ("oops", "form"),
    FORMATS,
    ids=[f"{number} {form.name[:40]}" for number, (_, form) in enumerate(FORMATS)],
)
@settings(max_examples=5)
@given(data=st.data())
def test_what_any_format_announces_is_found(oops: Oops, form: Format, data: st.DataObject) -> None:
    ascii_only = st.characters(min_codepoint=32, max_codepoint=126)
    line = data.draw(st.from_regex(re.compile(form.title, re.ASCII), alphabet=ascii_only))
    assume(oops_in(line.strip()) is oops)
    crash = find_crash(f"[    1.0] booting\n{line.strip()}\nCall Trace:\n foo+0x1/0x2\n")
    assert crash is not None
    assert crash.title


def test_a_line_that_a_format_fits_has_its_header() -> None:
    for oops, form in FORMATS:
        assert oops.header.split()[0] in form.title.replace("\\", ""), form


@given(st.text() | st.binary().map(lambda data: data.decode(errors="replace")))
def test_any_text_may_follow_a_header(text: str) -> None:
    find_crash(text)
    crash = find_crash("BUG: KASAN: use-after-free in " + text)
    assert crash is not None
    assert crash.title.isascii()
    assert "\n" not in crash.title


HOSTILE = [
    "\n",
    "a",
    "WARNING: ",
    "WARNING: [a] ",
    "BUG: Dentry ",
    "BUG: KASAN: a in ",
    "INFO: task a blocked ",
    "Kernel panic",
    "[    1.0] ",
    "RIP: [<1>] ",
    "Sending NMI\n",
    "a/b.c:",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_console_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    find_crash(text)
    crash = find_crash("kernel BUG at a.c:1!\n" + text)
    assert crash is not None
    assert len(crash.report) <= REPORT_SIZE


def test_a_report_can_be_shown_on_a_terminal_and_in_a_mail() -> None:
    hostile = "\x1b]0;title\x07\x9b2J\x08\x7f\0\u202egnorw\u2028"
    crash = find_crash(
        f"{hostile}BUG: scheduling while atomic: a/1{hostile}\r\n"
        f"\x1b[31mCall Trace:{hostile}\x0b\n f+0x1/0x2{hostile}\n\ttab\n"
    )
    assert crash is not None
    assert crash.title == "BUG: scheduling while atomic in f"
    assert crash.report.replace("\n", "").replace("\t", "").isprintable(), crash.report
    assert len(crash.report.splitlines()) == 4
