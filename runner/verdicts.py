"""What a run of a VM says about its revision. Pure."""

from __future__ import annotations

from dataclasses import replace

from runner.console.similarity import similarity
from runner.values import Boot, Crash, Ended, Outcome

LOST_CONNECTION = "crashed: lost connection to test machine"
BAD_STATUS = "reproducer exited with a bad status"
"""Title of the crash that a reproducer shows with its exit status, whichever it is."""
CANNOT_TELL = 125


def judged(boot: Boot) -> Boot:
    """The run of a reproducer whose exit status counts as that of git's `bisect run`: 0 without the
    bug, 1 to 127 with it, but for 125. Where git stops, from 128 on, and without an end in time,
    it tells nothing. A crash of the kernel is one whatever the status is.
    """
    status = boot.repro_status
    if not boot.booted or boot.crash or boot.ended not in (Ended.DONE, Ended.TIMEOUT):
        return boot
    if status is None:
        return replace(boot, silence="reproducer did not end in time")
    if status == CANNOT_TELL or status > 127:
        return replace(boot, silence=f"reproducer exited with status {status}")
    report = f"reproducer exited with status {status}"
    return replace(boot, crash=Crash(BAD_STATUS, report)) if status else boot


def likeness(boot: Boot, bug: Crash) -> float:
    """How likely what the run crashed with is the bug, from 0 to 1; 0 without a crash.

    While the bug has no title yet, any crash is.
    """
    if boot.crash is None:
        return 0.0
    return similarity(bug, boot.crash) if bug.title else 1.0


def outcome(boot: Boot, bug: Crash) -> Outcome:
    """What the run says of a bug that crashes so; its title is empty when it is not known yet.

    Only a crash that surely is the bug is called one: it shares a title with it.
    A kernel that could not start the reproducer counts as one that did not boot, whatever status
    the guest's init gives: the same static binary ran on the start commit, so it is this commit
    that is broken, and the run says nothing about the bug. `Boot.booted` is false then.
    """
    if not boot.booted:
        is_the_bug = bool(bug.title) and likeness(boot, bug) == 1
        return Outcome.CRASH if is_the_bug else Outcome.BOOT_FAILED
    if boot.silence:
        return Outcome.LOST
    if boot.crash is not None:
        return Outcome.CRASH if likeness(boot, bug) == 1 else Outcome.OTHER_CRASH
    match boot.ended:
        case Ended.DONE | Ended.TIMEOUT:  # a reproducer may run for ever
            return Outcome.OK
        case Ended.GONE | Ended.REFUSED:
            return Outcome.LOST
        case Ended.CRASHED | Ended.FLOODED:
            return Outcome.OTHER_CRASH


def words(boot: Boot, bug: Crash) -> str:
    """The run's words in the bisection log, such as `OK` or `crashed: WARNING in foo`."""
    match outcome(boot, bug):
        case Outcome.OK:
            return "OK"
        case Outcome.BOOT_FAILED:
            return f"boot failed: {boot.crash.title if boot.crash else _boot_failure(boot.ended)}"
        case Outcome.LOST:
            return f"cannot tell: {boot.silence}" if boot.silence else LOST_CONNECTION
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
