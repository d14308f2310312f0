"""Source files are read off the stacks of crash reports, and the one to blame is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.console.guilty import BYSTANDERS, bystander, guilty, guilty_file, stack_files

REAL_REPORTS = Path(__file__).parents[4] / "shared" / "crashlogs" / "guilty"
"""Symbolised reports with the file to blame; kept beside the project, not in it."""

KASAN = """\
BUG: KASAN: slab-use-after-free in __list_del_entry_valid+0xe7/0xf3 lib/list_debug.c:54
Read of size 8 at addr ffff8880a27b96b8 by task repro/8323
CPU: 0 PID: 8323 Comm: repro Not tainted 5.5.0-rc1 #0
Call Trace:
 <TASK>
 __dump_stack lib/dump_stack.c:77 [inline]
 dump_stack+0x12d/0x187 lib/dump_stack.c:118
 print_report mm/kasan/report.c:429 [inline]
 kasan_report.cold+0xf4/0x1c6 mm/kasan/report.c:491
 __list_del_entry include/linux/list.h:131 [inline]
 wg_peer_free+0x1c7/0x420 drivers/net/wireguard/peer.c:70
 wg_free+0x1ba/0x2d0 drivers/net/wireguard/device.c:305
 wg_peer_free+0x1c7/0x420 drivers/net/wireguard/peer.c:71
 genl_rcv_msg+0x5d9/0x10e0 net/netlink/genetlink.c:734
 __sys_sendmsg+0xd9/0x180 net/socket.c:2417
 do_syscall_64+0xca/0x5f0 arch/x86/entry/common.c:294
 </TASK>

Allocated by task 8320:
 kmalloc include/linux/slab.h:556 [inline]
 wg_add+0x4e4/0x1810 drivers/net/wireguard/netlink.c:241
"""
REPORTS = {
    "": (),
    "Call Trace:\n foo+0x1/0x2\n": (),
    KASAN: (
        "drivers/net/wireguard/peer.c",
        "drivers/net/wireguard/device.c",
        "drivers/net/wireguard/netlink.c",
    ),
    "WARNING: CPU: 0 PID: 1 at fs/foo/super.c:12 foo_fill+0x1/0x2": ("fs/foo/super.c",),
    "WARNING: fs/dcache.c:829 at dput_many+0x334/0x430, CPU#0: repro/60": ("fs/dcache.c",),
    "kernel BUG at ./net/foo.c:1!\n": ("net/foo.c",),
    "RIP: 0010:f fs/a.c:1 [inline]\nRIP: 0010:g+0x1/0x2 fs/b.c:2": ("fs/a.c", "fs/b.c"),
    " [<ffffffff81802e3d>] walk+0xf7d/0x1760 fs/namei.c:2060\n": ("fs/namei.c",),
    " foo drivers/gpu/nova.rs:12\n bar arch/arm/mm/abort-ev7.S:9": (
        "drivers/gpu/nova.rs",
        "arch/arm/mm/abort-ev7.S",
    ),
    " f+0x1/0x2 arch/x86/kvm/../../../virt/kvm/kvm_main.c:9": ("virt/kvm/kvm_main.c",),
    # guesses of the unwinder
    " ? foo+0x1/0x2 fs/a.c:1\n [<ffffffff81802e3d>] ? foo+0x1/0x2 fs/b.c:1": (),
    # not inside the tree, or no path at all
    " f fs/../../etc/a.c:1": (),
    " f fs/../-x/a.c:1": (),
    " f fs/../a.c:1": (),
    " f fs/../..//a.c:1": (),
    " f ../fs/a.c:1": (),
    " f /usr/src/fs/a.c:1": (),
    " https://example.org/a/b.c:80 ": (),
    " f --output/x.c:1 -a/b.c:1": (),
    " f a.c:1": (),
    " f fs/a.c": (),
    " f fs/a.txt:1": (),
    " f \u0444\u0441/a.c:1": (),
}


@pytest.mark.parametrize(("report", "files"), REPORTS.items())
def test_the_files_of_the_frames_stand_in_their_order(report: str, files: tuple[str, ...]) -> None:
    assert stack_files(report) == files
    assert stack_files(report.replace("\n", "\r\n")) == files


SILENT = {
    "arch/x86/entry/common.c": "enters",
    "arch/arm64/kernel/entry-common.c": "enters",
    "arch/x86/kernel/traps.c": "enters",
    "net/socket.c": "comes from",
    "fs/read_write.c": "comes from",
    "net/netlink/af_netlink.c": "netlink",
    "kernel/task_work.c": "runs whatever",
    "kernel/workqueue.c": "runs later",
    "kernel/sched/core.c": "schedules",
    "kernel/time/timer.c": "schedules",
    "kernel/locking/lockdep.c": "locks",
    "kernel/printk/printk.c": "tells",
    "kernel/panic.c": "tells",
    "mm/kasan/report.c": "checks",
    "lib/dump_stack.c": "library",
    "lib/refcount.c": "library",
    "mm/slub.c": "memory",
    "mm/page_alloc.c": "memory",
    "lib/string.c": "library",
    "rust/kernel/sync/arc.rs": "library",
    "include/linux/slab.h": "header",
    "fs/ext4/ext4.h": "header",
}


@pytest.mark.parametrize(("path", "word"), SILENT.items())
def test_a_bystander_is_left_out_for_a_reason(path: str, word: str) -> None:
    assert word in bystander(path)
    assert stack_files(f" f+0x1/0x2 {path}:1\n g+0x1/0x2 fs/foo.c:1") == ("fs/foo.c",)


@pytest.mark.parametrize(
    "path",
    [
        "arch/x86/kvm/x86.c",
        "arch/x86/kernel/cpu/sgx/main.c",
        "drivers/tty/tty_io.c",
        "fs/io_uring.c",
        "fs/ioctl/foo.c",
        "kernel/bpf/syscall.c",
        "kernel/fork.c",
        "lib/test_bpf.c",
        "mm/mempolicy.c",
        "net/core/sock.c",
        "net/netlink/policy.c",
        "security/keys/keyctl.c",
    ],
)
def test_what_may_be_to_blame_is_no_bystander(path: str) -> None:
    assert bystander(path) == ""
    assert stack_files(f" f+0x1/0x2 {path}:1") == (path,)


SANE = re.compile(r"(?!.*\.\./)\w[\w-]*(/[\w.-]+)+\.([chS]|rs)", re.ASCII)


@given(st.text() | st.text(" ./:-ac1h\n", max_size=60))
def test_any_text_gives_sane_paths_only(text: str) -> None:
    files = stack_files(text + " fs/last.c:1")
    assert all(SANE.fullmatch(file) for file in files)
    assert len(set(files)) == len(files)


def test_a_bystander_needs_the_whole_of_its_folder() -> None:
    for each in BYSTANDERS:
        assert not each.files.match("drivers/kernel/mm/arch/x86/entry/foo.c")


SYSCALL = " __sys_bind net/socket.c:9 [inline]\n do_syscall_64+0x1/0x2 arch/x86/entry/common.c:9\n"
GUILTY = {
    "the first that serves nobody else": (
        "BUG: KASAN: use-after-free in __list_add include/linux/list.h:7 [inline]\n"
        " kasan_report+0x1/0x2 mm/kasan/report.c:9\n __list_add include/linux/list.h:7 [inline]\n"
        " kfree+0x1/0x2 mm/slub.c:9\n foo_free+0x1/0x2 fs/foo.c:9\n" + SYSCALL,
        "fs/foo.c",
    ),
    "what calls everybody, when it is what crashed": (
        "WARNING: CPU: 0 PID: 1 at net/socket.c:7 sock_release+0x1/0x2 net/socket.c:7\n"
        " sock_close+0x1/0x2 net/socket.c:9\n __fput+0x1/0x2 fs/file_table.c:9\n",
        "net/socket.c",
    ),
    "what is more special": (
        "BUG: KASAN: use-after-free in d_add+0x1/0x2 fs/dcache.c:9\n"
        " d_add+0x1/0x2 fs/dcache.c:9\n foo_lookup+0x1/0x2 fs/foo/dir.c:9\n"
        " bar_lookup+0x1/0x2 fs/bar/dir.c:9\n lookup+0x1/0x2 fs/namei.c:9\n" + SYSCALL,
        "fs/foo/dir.c",
    ),
    "the same folder is not more special": (
        "BUG: KASAN: use-after-free in a+0x1/0x2\n a+0x1/0x2 fs/foo/a.c:9\n"
        " b+0x1/0x2 fs/foo/b.c:9\n c+0x1/0x2 fs/foobar/c.c:9\n",
        "fs/foo/a.c",
    ),
    "a held lock was taken long before": (
        "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:9\n"
        "1 lock held by a/1:\n #0: 00000000 (&a){+.+.}, at: foo+0x1/0x2 fs/foo.c:9\n"
        "hardirqs last  enabled at (7): [<00000000>] bar+0x1/0x2 fs/bar.c:9\n"
        "Register r4 information: 2-page region allocated at fork+0x1/0x2 kernel/fork.c:9\n"
        " mutex_lock+0x1/0x2 kernel/locking/mutex.c:9\n end+0x1/0x2 net/end.c:9\n",
        "net/end.c",
    ),
    "a stall is what was interrupted": (
        "rcu: INFO: rcu_preempt self-detected stall on CPU\nCall Trace:\n <IRQ>\n"
        " nmi+0x1/0x2 arch/x86/platform/nmi.c:9\n asm_sysvec_apic_timer_interrupt+0x1/0x2\n"
        "RIP: 0010:spin+0x1/0x2 kernel/locking/spin.c:9\n foo+0x1/0x2 net/foo.c:9\n",
        "net/foo.c",
    ),
    "a stall of 32-bit Arm is, too": (
        "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n"
        " show+0x1/0x2 drivers/irq.c:9\n __irq_svc from foo+0x1/0x2 net/foo.c:9\n",
        "net/foo.c",
    ),
    "a stall without an interrupt is read from the top": (
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n foo+0x1/0x2 net/foo.c:9\n",
        "net/foo.c",
    ),
    "a stall that another crash leads to says nothing": (
        "BUG: KASAN: use-after-free in bar+0x1/0x2 fs/bar.c:9\n bar+0x1/0x2 fs/bar.c:9\n"
        "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
        " asm_sysvec_apic_timer_interrupt+0x1/0x2\n foo+0x1/0x2 net/foo.c:9\n",
        "fs/bar.c",
    ),
    "another stack's end before the crash says nothing": (
        " vfs_foo+0x1/0x2 fs/foo.c:9\n"
        "BUG: KASAN: use-after-free in bar+0x1/0x2 fs/bar.c:9\n bar+0x1/0x2 fs/bar.c:9\n",
        "fs/bar.c",
    ),
    "carriers of packets fail for what they carry": (
        "kernel BUG at net/core/skbuff.c:9!\n skb_panic+0x1/0x2 net/core/skbuff.c:9\n"
        " foo_rcv+0x1/0x2 net/foo/in.c:9\n netif_receive_skb+0x1/0x2 net/core/dev.c:9\n",
        "net/foo/in.c",
    ),
    "bystanders only: the first, so that there is one": (
        "WARNING: CPU: 0 PID: 1 at kernel/sched/core.c:9 a+0x1/0x2\n b+0x1/0x2 mm/slub.c:9\n",
        "kernel/sched/core.c",
    ),
    "assembly works on what it is given": (
        "RIP: 0010:crc+0x1/0x2 arch/x86/crypto/crc.S:9\n crc+0x1/0x2 drivers/foo.c:9\n",
        "drivers/foo.c",
    ),
    "Rust": (
        "BUG: KASAN: use-after-free in <nova::Gpu>::new+0x1/0x2 drivers/gpu/nova/gpu.rs:9\n",
        "drivers/gpu/nova/gpu.rs",
    ),
    "a guess of the unwinder is none": (
        "BUG: KASAN: use-after-free in a+0x1/0x2\n ? a+0x1/0x2 fs/a.c:9\n b+0x1/0x2 fs/b.c:9\n",
        "fs/b.c",
    ),
    "no file": ("RIP: 0010:foo+0x1/0x2\nhttps://example.org/a/b.c:80", None),
}


@pytest.mark.parametrize("why", GUILTY)
def test_the_guilty_file_is(why: str) -> None:
    report, file = GUILTY[why]
    assert guilty_file(report) == file


def test_the_frames_that_led_to_the_guilty_file_are_told_with_what_each_was_passed_for() -> None:
    found = guilty(KASAN)
    assert found is not None
    assert found.file == found.frames[-1].path == "drivers/net/wireguard/peer.c"
    assert [frame.path for frame in found.frames][:3] == [
        "lib/list_debug.c",
        "lib/dump_stack.c",
        "lib/dump_stack.c",
    ]
    assert all(frame.reason for frame in found.frames[:-1])
    assert found.frames[-1].reason == ""
    assert found.frames[-1].line == " wg_peer_free+0x1c7/0x420 drivers/net/wireguard/peer.c:70"


def test_the_guilty_files_of_real_reports_are_the_known_ones() -> None:
    if not REAL_REPORTS.is_dir():
        pytest.skip(f"{REAL_REPORTS} is absent: it holds the real reports")
    wrong = {}
    files = list(REAL_REPORTS.iterdir())
    for path in files:
        head, _, report = path.read_text(errors="replace").partition("\n\n")
        known, found = head.removeprefix("FILE: "), guilty_file(report)
        if found != known:
            wrong[path.name] = found, known
    assert len(files) >= 20
    assert len(wrong) <= 0.1 * len(files), wrong


@given(st.text() | st.text(" ./:-ac1h\n#", max_size=60))
def test_any_text_has_a_guilty_file_among_its_own_or_none(text: str) -> None:
    found = guilty(text)
    assert found is None or (SANE.fullmatch(found.file) and found.frames[-1].line in text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a/", "a/b.c", "a/b.c:1", "a/b.c:1 ", "./", "../", " ? ", "\n", " ", "#1", "rcu stall\n"],
)
def test_a_hostile_report_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    text = "INFO: rcu_sched detected stalls" + piece * (2_000_000 // len(piece))
    stack_files(text)
    guilty_file(text)
