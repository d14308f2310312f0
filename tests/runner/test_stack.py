"""Source files are read off the stacks of crash reports, and bystanders left out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.stack import BYSTANDERS, bystander, stack_files

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
    "net/socket.c": "enters",
    "fs/read_write.c": "enters",
    "net/netlink/af_netlink.c": "netlink",
    "kernel/workqueue.c": "runs",
    "kernel/sched/core.c": "schedules",
    "kernel/time/timer.c": "schedules",
    "kernel/locking/lockdep.c": "locks",
    "kernel/printk/printk.c": "tells",
    "kernel/panic.c": "tells",
    "mm/kasan/report.c": "checks",
    "lib/dump_stack.c": "checks",
    "lib/refcount.c": "checks",
    "mm/slub.c": "allocates",
    "mm/page_alloc.c": "allocates",
    "lib/string.c": "strings",
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
    for pattern in BYSTANDERS.values():
        assert not re.match(pattern, "drivers/kernel/mm/arch/x86/entry/foo.c")


@pytest.mark.parametrize(
    "piece", ["a", "a/", "a/b.c", "a/b.c:1", "a/b.c:1 ", "./", "../", " ? ", "\n"]
)
def test_a_hostile_report_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    stack_files(piece * (2_000_000 // len(piece)))
