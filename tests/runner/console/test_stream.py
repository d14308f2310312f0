"""A log is read in pieces, and says what it says as a whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.console import crashes, find_crash, read_crashes
from runner.console.reader import BLOCK, REPORT_SIZE

QUIET = b"[    1.0] nothing\n"
FIRST = b"[    2.0] BUG: workqueue lockup - pool cpus=0\n"
SECOND = b"[    3.0] unregister_netdevice: waiting for lo to become free. Usage count = 2\n"


@pytest.mark.parametrize("shift", range(0, len(FIRST) + 1, 5))
def test_a_header_on_the_border_of_two_pieces_is_found(shift: int) -> None:
    before = (QUIET * (BLOCK // len(QUIET) + 1))[: BLOCK - shift - 1] + b"\n"
    log = before + FIRST + QUIET * (2 * BLOCK // len(QUIET)) + SECOND
    found = list(read_crashes(io.BytesIO(log)))
    assert [crash.title for crash in found] == [
        "BUG: workqueue lockup",
        "unregister_netdevice: waiting for DEV to become free",
    ]
    assert log[found[0].start :].startswith(FIRST)
    assert log[found[1].start :].startswith(SECOND)


@given(st.lists(st.sampled_from([QUIET, FIRST, SECOND, b"x" * 700, b"\n"]), max_size=40))
def test_every_crash_of_a_log_begins_where_it_is_announced(pieces: list[bytes]) -> None:
    log = b"".join(pieces)
    announced = sum(log.count(line) for line in (FIRST, SECOND))
    found = list(crashes(log))
    assert len(found) == announced
    assert [crash.start for crash in found] == sorted({crash.start for crash in found})
    for crash in found:
        again = find_crash(log[crash.start :])
        assert again is not None
        assert again.title == crash.title


@given(st.binary(max_size=3000))
def test_any_bytes_are_read(data: bytes) -> None:
    for crash in crashes(b"BUG: KASAN: use-after-free in " + data + b"\n" + FIRST + data):
        assert 0 <= crash.start <= crash.end <= crash.start + REPORT_SIZE


def test_a_crash_is_suppressed_by_what_was_said_before_its_end() -> None:
    killed = b"[    1.5] Out of memory: Killed process 77 (syz-fuzzer) total-vm:1kB\n"
    for log in (killed + FIRST, FIRST + killed, killed + QUIET * (3 * BLOCK // 18) + FIRST):
        crash = find_crash(log)
        assert crash is not None
        assert crash.suppressed, log[:40]
    crash = find_crash(FIRST + QUIET * (REPORT_SIZE // 18 + 1) + killed)
    assert crash is not None
    assert not crash.suppressed


def test_a_machine_that_is_powered_on_boots_without_a_crash() -> None:
    boot = b"Decompressing Linux... done.\nBooting the kernel.\n"
    crash = find_crash(QUIET + boot)
    assert crash is not None
    assert crash.title == "unexpected kernel reboot"
    assert find_crash(QUIET + boot, powered_on=True) is None


def test_a_program_that_says_warning_is_no_kernel_on_a_machine_of_ours() -> None:
    said = b"WARNING: the disk is nearly full\nINFO: backup done\n"
    assert find_crash(said) is not None
    assert find_crash(said, powered_on=True) is None
