"""What a run of a VM says about its revision. Pure."""

from __future__ import annotations

from runner.values import Boot, Ended, Outcome


def outcome(boot: Boot, title: str) -> Outcome:
    """What the run says, when the bug's crash has this title; "" when it is not known yet.

    A kernel that could not start the reproducer counts as one that did not boot, whatever status
    the guest's init gives: the same static binary ran on the start commit, so it is this commit
    that is broken, and the run says nothing about the bug. `Boot.booted` is false then.
    """
    if not boot.booted:
        is_the_bug = boot.crash is not None and boot.crash.title == title
        return Outcome.CRASH if is_the_bug else Outcome.BOOT_FAILED
    if boot.crash is not None:
        return Outcome.CRASH if title in ("", boot.crash.title) else Outcome.OTHER_CRASH
    match boot.ended:
        case Ended.DONE | Ended.TIMEOUT:  # a reproducer may run for ever
            return Outcome.OK
        case Ended.GONE | Ended.REFUSED:
            return Outcome.LOST
        case Ended.CRASHED | Ended.FLOODED:
            return Outcome.OTHER_CRASH


def words(boot: Boot, title: str) -> str:
    """The run's words in the bisection log, such as `OK` or `crashed: WARNING in foo`."""
    match outcome(boot, title):
        case Outcome.OK:
            return "OK"
        case Outcome.BOOT_FAILED:
            return f"boot failed: {boot.crash.title if boot.crash else _boot_failure(boot.ended)}"
        case Outcome.LOST:
            return "crashed: lost connection to test machine"
        case Outcome.CRASH | Outcome.OTHER_CRASH:
            return f"crashed: {boot.crash.title if boot.crash else 'too much console output'}"


def _boot_failure(ended: Ended) -> str:
    match ended:
        case Ended.TIMEOUT:
            return "the reproducer was not started in time"
        case Ended.FLOODED:
            return "too much console output before the reproducer was started"
        case Ended.REFUSED:
            return "QEMU cannot load the kernel image"
        case Ended.DONE | Ended.GONE | Ended.CRASHED:
            return "the machine ended before the reproducer was started"
