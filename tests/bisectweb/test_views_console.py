"""Which part of a log is shown, and which of its lines are marked."""

from __future__ import annotations

import io

import pytest

from bisectweb.models import Run
from bisectweb.views.console import Excerpt, bare, build_excerpt, run_excerpt
from bisectweb.views.lines import WIDTH, LineIndex, Lines
from runner.console import find_crash

REPORT = """\
WARNING: CPU: 0 PID: 1 at arch/x86/kvm/svm/nested.c:1
Call Trace:
 svm_leave_nested+0x10/0x20
"""


def console(before: int, after: int) -> list[str]:
    crash = [f"[   12.000000][   T1] {line}" for line in REPORT.splitlines()]
    quiet = [f"[    1.000000] line {number}" for number in range(before + after)]
    return quiet[:before] + crash + quiet[before:]


def lines_of(log: list[str]) -> Lines:
    file = io.BytesIO("".join(f"{line}\n" for line in log).encode())
    return Lines(file, LineIndex.of(file))


def excerpt(log: list[str], report: str = REPORT, begin: int | None = None) -> Excerpt:
    lines = lines_of(log)
    crash = find_crash("".join(f"{line}\n" for line in log)) if report else None
    start, end = (crash.start, crash.end) if crash else (0, 0)
    return run_excerpt(Run(report=report, crash_start=start, crash_end=end), lines, begin)


def marked(shown: Excerpt) -> list[int]:
    return [line.number for line in shown.lines if line.marked]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[    1.234567] WARNING: x", "WARNING: x"),
        ("[   12.000000][   T1]  frame+0x1", "frame+0x1"),
        ("[   12.000000][    C0] frame", "frame"),
        ("<4>[    1.234567] text", "text"),
        ("no stamp", "no stamp"),
        ("[drm] not a stamp", "[drm] not a stamp"),
    ],
)
def test_a_time_stamp_is_not_part_of_a_line(line: str, expected: str) -> None:
    assert bare(line) == expected


def test_the_lines_of_the_report_are_marked() -> None:
    shown = excerpt(console(5, 3))
    assert (shown.crash, marked(shown)) == (6, [6, 7, 8])


def test_the_lines_of_a_symbolised_report_are_marked() -> None:
    frame = " svm_leave_nested+0x10/0x20"
    places = f" leave arch/x86/kvm/svm/nested.h:3 [inline]\n{frame} arch/x86/kvm/svm/nested.c:1"
    assert marked(excerpt(console(5, 3), REPORT.replace(frame, places))) == [6, 7, 8]


def test_a_line_of_another_processor_in_between_is_not_marked() -> None:
    log = console(2, 0)
    log.insert(4, "[   12.000001][   T9] unrelated")
    assert marked(excerpt(log)) == [3, 4, 6]


def test_the_same_words_elsewhere_are_not_marked() -> None:
    log = [*console(0, 2), "Call Trace:"]
    assert marked(excerpt(log)) == [1, 2, 3]


def test_a_run_without_a_crash_opens_at_the_end_with_nothing_marked() -> None:
    shown = excerpt(console(5000, 5000), report="")
    assert (shown.crash, marked(shown)) == (None, [])
    assert (shown.first, shown.last, shown.later) == (9004, 10003, None)


def test_a_huge_log_opens_at_its_crash() -> None:
    shown = excerpt(console(5000, 5000))
    assert (shown.crash, shown.first, shown.last, shown.total) == (5001, 4751, 5750, 10003)
    assert (shown.earlier, shown.later, shown.ending) == (3751, 5751, 9004)


@pytest.mark.parametrize(
    ("begin", "first", "last", "earlier", "later"),
    [
        (1, 1, 1000, None, 1001),
        (500, 500, 1499, 1, 1500),
        (2500, 2500, 2503, 1500, None),
        (99999, 1504, 2503, 504, None),
    ],
)
def test_any_part_can_be_asked_for(
    begin: int, first: int, last: int, earlier: int | None, later: int | None
) -> None:
    shown = excerpt(console(2000, 500), begin=begin)
    assert (shown.first, shown.last, shown.earlier, shown.later) == (first, last, earlier, later)
    assert shown.crash == 2001


def test_a_line_without_an_end_is_cut_and_says_so() -> None:
    [line] = excerpt(["x" * 1_000_000], report="").lines
    assert line.text == "x" * WIDTH + f" ... ({1_000_000 - WIDTH} bytes more in the raw log)"


@pytest.mark.parametrize(
    ("line", "is_trouble"),
    [
        ("kernel/fork.c:12:3: error: expected ';'", True),
        ("make[2]: *** [scripts/Makefile.build:229: kernel] Error 2", True),
        ("ld: main.o: in function `x': undefined reference to `y'", True),
        ("ERROR: modpost: missing symbol", True),
        ("kernel/fork.c:12:3: warning: unused", False),
        ("  CC      lib/errseq.o", False),
    ],
)
def test_what_stops_a_build_is_marked(line: str, is_trouble: bool) -> None:
    assert marked(build_excerpt(lines_of(["  CC a.o", line]), None)) == ([2] if is_trouble else [])
