"""Which lines of a console log are shown, and which are the crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.views.console import WIDTH, bare, crash_lines, excerpt

REPORT = """\
------------[ cut here ]------------
WARNING: CPU: 0 PID: 1 at arch/x86/kvm/svm/nested.c:1
Call Trace:
 svm_leave_nested+0x10/0x20
"""


def console(before: int, after: int) -> list[str]:
    crash = [f"[   12.000000][   T1] {line}" for line in REPORT.splitlines()]
    quiet = [f"[    1.000000] line {number}" for number in range(before + after)]
    return quiet[:before] + crash + quiet[before:]


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
    assert crash_lines(console(5, 3), REPORT) == {5, 6, 7, 8}


def test_the_lines_of_a_symbolised_report_are_marked() -> None:
    frame = " svm_leave_nested+0x10/0x20"
    places = f" leave arch/x86/kvm/svm/nested.h:3 [inline]\n{frame} arch/x86/kvm/svm/nested.c:1"
    assert crash_lines(console(5, 3), REPORT.replace(frame, places)) == {5, 6, 7, 8}


def test_a_line_of_another_processor_in_between_is_not_marked() -> None:
    log = console(2, 0)
    log.insert(4, "[   12.000001][   T9] unrelated")
    assert crash_lines(log, REPORT) == {2, 3, 5, 6}


def test_of_two_cuts_the_one_that_the_report_was_taken_from_is_marked() -> None:
    log = ["------------[ cut here ]------------", "WARNING: another one", *console(50, 0)]
    assert crash_lines(log, REPORT) == {52, 53, 54, 55}


@pytest.mark.parametrize("report", ["", "\n\n", "something that is not in the log"])
def test_without_a_crash_nothing_is_marked(report: str) -> None:
    assert crash_lines(console(3, 3), report) == set()


def test_of_a_huge_log_the_lines_around_the_crash_are_shown() -> None:
    shown = excerpt(console(5000, 5000), REPORT, limit=100)
    assert shown.is_cut
    assert shown.total == 10004
    assert len(shown.lines) == 100
    assert shown.first_crash is not None
    assert shown.first_crash.number == 5001
    assert shown.lines[0].number == 4976


def test_of_a_huge_log_without_a_crash_the_end_is_shown() -> None:
    shown = excerpt(console(5000, 5000), "", limit=100)
    assert shown.first_crash is None
    assert (shown.lines[0].number, shown.last.number) == (9905, 10004)


def test_a_line_without_an_end_is_cut_and_says_so() -> None:
    [line] = excerpt(["x" * 1_000_000], "").lines
    assert line.text.startswith("x" * WIDTH)
    assert line.text.endswith("(998000 characters more in the raw log)")
    assert len(line.text) < WIDTH + 100


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.text("abc\n"), st.integers(1, 5))
def test_whatever_is_shown_is_a_piece_of_the_log_within_the_limit(
    log: list[str], report: str, limit: int
) -> None:
    shown = excerpt(log, report, limit)
    assert len(shown.lines) == min(len(log), limit)
    assert all(log[line.number - 1] == line.text for line in shown.lines)
    marked = [line for line in shown.lines if line.crash]
    assert bool(marked) == bool(crash_lines(log, report))
