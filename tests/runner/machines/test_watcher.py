"""The watcher reads a console as it grows, in pieces of any size, with the time as an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.machines.watcher import (
    CONSOLE_LIMIT,
    EXIT_SECONDS,
    REPORT_QUIET,
    REPORT_SECONDS,
    Watcher,
)
from runner.values import Ended, Machine

MACHINE = Machine(boot_seconds=60, repro_seconds=30)
STARTING = b"[    1.5] bisectweb: starting reproducer\r\n"
EXITED = b"[    2.5] bisectweb: reproducer exited 3\r\n"
WARNING = b"[    2.0][    T1] WARNING: CPU: 0 PID: 1 at fs/a.c:7 f+0x1/0x2\r\n"
END_TRACE = b"[    2.0][    T1] ---[ end trace 0000000000000000 ]---\r\n"


def watcher(slowness: float = 1) -> Watcher:
    return Watcher(MACHINE, slowness, now=0)


def test_a_silent_kernel_has_until_the_boot_deadline() -> None:
    silent = watcher()
    silent.feed(b"Decompressing Linux...", now=1)
    assert (silent.verdict(now=59.9), silent.verdict(now=60)) == (None, Ended.TIMEOUT)
    assert not silent.booted


def test_without_acceleration_the_boot_deadline_is_later_but_not_the_reproducers() -> None:
    slow = watcher(slowness=2)
    assert slow.wake() == 120
    slow.feed(STARTING, now=100)
    assert (slow.booted, slow.wake()) == (True, 130)


def test_a_reproducer_that_still_runs_ends_by_its_own_deadline() -> None:
    running = watcher()
    running.feed(STARTING, now=5)
    running.feed(b"executing program\n" * 9, now=34)
    assert (running.verdict(now=34), running.verdict(now=35)) == (None, Ended.TIMEOUT)
    assert running.booted


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"bisectweb: reproducer exited 0\n", 0),
        (b"garbage without an end[ 1.0] bisectweb: reproducer exited 255\r\n", 255),
        (b"bisectweb: reproducer killed by signal 11\n", 139),
    ],
)
def test_a_reproducer_that_ended_leaves_the_guest_a_moment_to_reset(
    line: bytes, status: int
) -> None:
    done = watcher()
    done.feed(STARTING + line, now=5)
    assert (done.repro_status, done.end()) == (status, Ended.DONE)
    assert done.verdict(now=4 + EXIT_SECONDS) is None
    assert done.verdict(now=5 + EXIT_SECONDS) is Ended.DONE


def test_a_reproducer_that_could_not_be_started_means_that_nothing_was_tested() -> None:
    broken = watcher()
    broken.feed(STARTING + b"bisectweb: reproducer did not start: error 8\n", now=5)
    broken.feed(b"bisectweb: reproducer exited 127\n", now=5)
    assert (broken.booted, broken.repro_status, broken.end()) == (False, None, Ended.GONE)


def test_a_report_that_came_to_its_end_is_not_waited_for() -> None:
    crashed = watcher()
    crashed.feed(STARTING + WARNING, now=5)
    assert crashed.verdict(now=5) is None
    crashed.feed(END_TRACE, now=6)
    assert crashed.verdict(now=6) is Ended.CRASHED


def test_the_last_line_of_a_report_is_read_whole() -> None:
    crashed = watcher()
    crashed.feed(STARTING + WARNING + END_TRACE[:40], now=5)
    assert crashed.verdict(now=5.1) is None
    crashed.feed(END_TRACE[40:], now=5.2)
    assert crashed.verdict(now=5.2) is Ended.CRASHED


def test_a_report_without_an_end_is_complete_after_some_quiet() -> None:
    crashed = watcher(slowness=2)
    crashed.feed(b"Kernel panic - not syncing: VFS: Unable to mount root fs", now=5)
    assert crashed.verdict(now=4.9 + 2 * REPORT_QUIET) is None
    assert crashed.verdict(now=5 + 2 * REPORT_QUIET) is Ended.CRASHED


def test_a_report_that_never_gets_quiet_is_cut() -> None:
    crashed = watcher()
    crashed.feed(WARNING, now=1)
    seconds = int(REPORT_SECONDS)
    for second in range(1, seconds):
        crashed.feed(b"Call Trace:\n", now=1 + second)
        assert crashed.verdict(now=1 + second) is None
    crashed.feed(b"Call Trace:\n", now=1 + seconds)
    assert crashed.verdict(now=1 + seconds) is Ended.CRASHED


def test_the_rule_above_a_sanitizers_header_is_not_the_one_that_ends_its_report() -> None:
    rule = b"[    2.0] " + b"=" * 66 + b"\n"
    crashed = watcher()
    crashed.feed(rule + b"[    2.0] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2\n", now=5)
    assert crashed.verdict(now=5) is None
    crashed.feed(b"[    2.0] Read of size 8 at addr 0 by task a/1\n" + rule, now=5)
    assert crashed.verdict(now=5) is Ended.CRASHED


def test_a_crash_after_the_reproducers_end_is_a_crash() -> None:
    late = watcher()
    late.feed(STARTING + EXITED + WARNING, now=5)
    assert (late.booted, late.repro_status, late.end()) == (True, 3, Ended.CRASHED)


def test_what_a_crashed_kernel_says_about_its_reproducer_is_not_believed() -> None:
    crashed = watcher()
    crashed.feed(STARTING + WARNING + EXITED, now=5)
    assert (crashed.repro_status, crashed.end()) == (None, Ended.CRASHED)


def test_a_console_past_its_limit_is_a_flood_even_after_a_crash() -> None:
    flooded = watcher()
    flooded.feed(WARNING, now=1)
    for _ in range(CONSOLE_LIMIT >> 20):
        flooded.feed(b"x" * (1 << 20), now=1)
    assert flooded.verdict(now=1) is Ended.FLOODED
    assert flooded.crashed


CONSOLES = {
    "nothing": b"",
    "booted": STARTING,
    "done": b"noise\xff\xfe" + STARTING + b"more" + EXITED,
    "crashed": STARTING + WARNING + END_TRACE,
    "panic": b"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009",
}


@given(st.sampled_from(list(CONSOLES.values())), st.lists(st.integers(1, 40), min_size=1))
def test_how_a_console_is_cut_in_pieces_does_not_matter(console: bytes, sizes: list[int]) -> None:
    whole, pieces = watcher(), watcher()
    whole.feed(console, now=1)
    position = 0
    while position < len(console):
        size = sizes[position % len(sizes)]
        pieces.feed(console[position : position + size], now=1)
        position += size
    for one in (whole, pieces):
        assert one.crashed == (b"WARNING" in console or b"panic" in console)
    assert whole.end() == pieces.end()
    assert (whole.booted, whole.repro_status) == (pieces.booted, pieces.repro_status)
    assert whole.verdict(now=1) == pieces.verdict(now=1)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_disturb_a_watcher(pieces: list[bytes]) -> None:
    any_console = watcher()
    for now, piece in enumerate(pieces):
        any_console.feed(piece, now=now)
    assert any_console.verdict(now=1000) is not None
