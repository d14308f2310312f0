"""What a run says about its revision."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.values import Boot, Crash, Ended, Outcome
from runner.verdicts import BAD_STATUS, LOST_CONNECTION, judged, likeness, outcome, words

BUG = "WARNING in svm_leave_nested"
OTHER = "general protection fault in skb_put"
LOOKED_FOR = Crash(BUG, "", alt_titles=("bad-access in nested",))
UNKNOWN = Crash("", "")


def run(booted: bool, ended: Ended, title: str = "") -> Boot:
    crash = Crash(title, "") if title else None
    return Boot(0, Path("console"), booted, ended, crash, 1.0)


UP, DOWN = True, False
CASES = [
    (run(UP, Ended.DONE), Outcome.OK, "OK"),
    (run(UP, Ended.TIMEOUT), Outcome.OK, "OK"),
    (run(UP, Ended.CRASHED, BUG), Outcome.CRASH, f"crashed: {BUG}"),
    (run(UP, Ended.CRASHED, OTHER), Outcome.OTHER_CRASH, f"crashed: {OTHER}"),
    (run(UP, Ended.FLOODED, BUG), Outcome.CRASH, f"crashed: {BUG}"),
    (run(UP, Ended.FLOODED), Outcome.OTHER_CRASH, "crashed: too much console output"),
    (run(UP, Ended.GONE), Outcome.LOST, "crashed: lost connection to test machine"),
    (run(DOWN, Ended.CRASHED, BUG), Outcome.CRASH, f"crashed: {BUG}"),
    (run(DOWN, Ended.CRASHED, OTHER), Outcome.BOOT_FAILED, f"boot failed: {OTHER}"),
    (
        run(DOWN, Ended.TIMEOUT),
        Outcome.BOOT_FAILED,
        "boot failed: the reproducer was not started in time",
    ),
    (
        run(DOWN, Ended.GONE),
        Outcome.BOOT_FAILED,
        "boot failed: the machine ended before the reproducer was started",
    ),
    (
        run(DOWN, Ended.REFUSED),
        Outcome.BOOT_FAILED,
        "boot failed: QEMU cannot load the kernel image",
    ),
    (
        run(DOWN, Ended.FLOODED),
        Outcome.BOOT_FAILED,
        "boot failed: too much console output before the reproducer was started",
    ),
]


@pytest.mark.parametrize(("boot", "expected", "said"), CASES)
def test_a_run_says(boot: Boot, expected: Outcome, said: str) -> None:
    assert (outcome(boot, LOOKED_FOR), words(boot, LOOKED_FOR)) == (expected, said)


def test_while_the_title_is_unknown_any_crash_of_a_booted_kernel_is_the_bug() -> None:
    assert outcome(run(UP, Ended.CRASHED, OTHER), UNKNOWN) is Outcome.CRASH
    assert outcome(run(DOWN, Ended.CRASHED, OTHER), UNKNOWN) is Outcome.BOOT_FAILED


@given(st.booleans(), st.sampled_from(Ended), st.sampled_from(["", BUG, OTHER]))
def test_a_kernel_is_never_good_unless_the_reproducer_was_started(
    booted: bool, ended: Ended, title: str
) -> None:
    boot = run(booted, ended, title)
    good = outcome(boot, LOOKED_FOR) is Outcome.OK
    assert good == (booted and not title and ended in (Ended.DONE, Ended.TIMEOUT))
    assert good == (words(boot, LOOKED_FOR) == "OK")


# status, how it ended, outcome, words
JUDGED = [
    (0, Ended.DONE, Outcome.OK, "OK"),
    (1, Ended.DONE, Outcome.CRASH, f"crashed: {BAD_STATUS}"),
    (124, Ended.DONE, Outcome.CRASH, f"crashed: {BAD_STATUS}"),
    (125, Ended.DONE, Outcome.LOST, "cannot tell: reproducer exited with status 125"),
    (126, Ended.DONE, Outcome.CRASH, f"crashed: {BAD_STATUS}"),
    (127, Ended.DONE, Outcome.CRASH, f"crashed: {BAD_STATUS}"),
    (128, Ended.DONE, Outcome.LOST, "cannot tell: reproducer exited with status 128"),
    (139, Ended.DONE, Outcome.LOST, "cannot tell: reproducer exited with status 139"),
    (None, Ended.TIMEOUT, Outcome.LOST, "cannot tell: reproducer did not end in time"),
    (None, Ended.GONE, Outcome.LOST, LOST_CONNECTION),
]


@pytest.mark.parametrize(("status", "ended", "expected", "said"), JUDGED)
def test_a_status_that_counts_is_read_as_git_does(
    status: int | None, ended: Ended, expected: Outcome, said: str
) -> None:
    boot = judged(Boot(0, Path("console"), True, ended, None, 1.0, status))
    assert (outcome(boot, UNKNOWN), words(boot, UNKNOWN)) == (expected, said)


def test_one_bad_status_is_as_another_and_none_is_a_crash_of_the_kernel() -> None:
    first, second = (
        judged(Boot(0, Path("console"), True, Ended.DONE, None, 1.0, status)) for status in (1, 2)
    )
    assert first.crash
    assert first.crash.report == "reproducer exited with status 1"
    assert outcome(second, first.crash) == Outcome.CRASH
    assert outcome(second, Crash("WARNING in foo", "")) == Outcome.OTHER_CRASH


@pytest.mark.parametrize("status", [0, 1, 125])
def test_a_crash_of_the_kernel_is_one_whatever_the_status_is(status: int) -> None:
    crash = Crash("WARNING in foo", "report")
    boot = Boot(0, Path("console"), True, Ended.CRASHED, crash, 1.0, status)
    assert judged(boot) == boot


def test_a_kernel_that_did_not_start_the_reproducer_is_judged_as_ever() -> None:
    boot = Boot(0, Path("console"), False, Ended.TIMEOUT, None, 1.0)
    assert outcome(judged(boot), UNKNOWN) == Outcome.BOOT_FAILED


def test_a_crash_that_shares_a_title_with_the_bug_is_the_bug() -> None:
    crash = Crash("KASAN: invalid-access in nested", "", alt_titles=("bad-access in nested",))
    boot = Boot(0, Path("console"), UP, Ended.CRASHED, crash, 1.0)
    assert (likeness(boot, LOOKED_FOR), outcome(boot, LOOKED_FOR)) == (1.0, Outcome.CRASH)
    assert words(boot, LOOKED_FOR) == "crashed: KASAN: invalid-access in nested"


def test_a_crash_alike_is_another_one_with_its_likeness() -> None:
    boot = run(UP, Ended.CRASHED, "general protection fault in svm_leave_nested")
    assert outcome(boot, LOOKED_FOR) == Outcome.OTHER_CRASH
    assert 0.9 < likeness(boot, LOOKED_FOR) < 1
    assert likeness(run(UP, Ended.GONE), LOOKED_FOR) == 0


def test_while_the_bug_has_no_title_any_crash_is_it() -> None:
    assert likeness(run(UP, Ended.CRASHED, OTHER), UNKNOWN) == 1
