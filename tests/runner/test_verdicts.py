"""What a run says about its revision."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.values import Boot, Crash, Ended, Outcome
from runner.verdicts import outcome, words

BUG = "WARNING in svm_leave_nested"
OTHER = "general protection fault in skb_put"


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
    assert (outcome(boot, BUG), words(boot, BUG)) == (expected, said)


def test_while_the_title_is_unknown_any_crash_of_a_booted_kernel_is_the_bug() -> None:
    assert outcome(run(UP, Ended.CRASHED, OTHER), "") is Outcome.CRASH
    assert outcome(run(DOWN, Ended.CRASHED, OTHER), "") is Outcome.BOOT_FAILED


@given(st.booleans(), st.sampled_from(Ended), st.sampled_from(["", BUG, OTHER]))
def test_a_kernel_is_never_good_unless_the_reproducer_was_started(
    booted: bool, ended: Ended, title: str
) -> None:
    boot = run(booted, ended, title)
    good = outcome(boot, BUG) is Outcome.OK
    assert good == (booted and not title and ended in (Ended.DONE, Ended.TIMEOUT))
    assert good == (words(boot, BUG) == "OK")
