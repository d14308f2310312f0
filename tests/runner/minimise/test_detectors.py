"""Which detectors a crash needs, by its title."""

from __future__ import annotations

import pytest

from runner.console.formats import OOPSES
from runner.minimise import crash_type, is_worthwhile, parse
from runner.minimise.detectors import CRASH_TYPES, DETECTORS, unneeded
from tests.runner.minimise.options import config_of

EVERY = config_of([symbol for detector in DETECTORS for symbol in detector.symbols])


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("KASAN: slab-use-after-free Read in kvm_put_kvm", "kasan"),
        ("KMSAN: uninit-value in foo", "kmsan"),
        ("KCSAN: data-race in a / b", "kcsan"),
        ("UBSAN: shift-out-of-bounds in foo", "ubsan"),
        ("possible deadlock in foo", "locking"),
        ("WARNING: suspicious RCU usage in foo", "locking"),
        ("WARNING: locking bug in foo", "locking"),
        ("BUG: spinlock bad magic in foo", "locking"),
        ("BUG: MAX_LOCKDEP_CHAINS too low!", "locking"),
        ("BUG: sleeping function called from invalid context in foo", "atomic"),
        ("BUG: using __this_cpu_read() in preemptible code in foo", "atomic"),
        ("INFO: rcu detected stall in foo", "hang"),
        ("INFO: task can't die in foo", "hang"),
        ("BUG: workqueue lockup", "hang"),
        ("memory leak in foo", "leak"),
        ("WARNING: ODEBUG bug in foo", "object"),
        ("WARNING: refcount bug in foo", "memory"),
        ("BUG: Bad page state in foo", "memory"),
        ("general protection fault in foo", "fault"),
        ("BUG: unable to handle kernel NULL pointer dereference in foo", "null"),
        ("WARNING in svm_leave_nested", "check"),
        ("kernel BUG in foo", "check"),
        ("invalid opcode in foo", "trap"),
        ("lost connection to test machine", ""),
        ("WARN", ""),
        ("", ""),
    ],
)
def test_a_title_tells_the_type(title: str, kind: str) -> None:
    assert crash_type(title) == kind


def test_few_titles_of_ours_have_no_type() -> None:
    """Those of which nobody can say what they need keep all detectors."""
    titles = {form.name for oops in OOPSES for form in oops.formats}
    unknown = {title for title in titles if not crash_type(title)}
    assert {title for title in unknown if not title.startswith("kernel panic: ")} == {
        # What is in braces decides.
        "BUG: {what}",
        "{what} in {frame}",
        "INFO: {what} in {words}",
        # These say too little.
        "BUG: unable to handle kernel",
        "BUG: stack guard page was hit in {frame}",
        "BUG: Dentry still in use in unmount",
        "BUG: executor-detected bug",
        "PANIC: double fault in {frame}",
        "VFS: Busy inodes after unmount (use-after-free)",
        "VFS: Close: file count is zero (use-after-free)",
        "unregister_netdevice: waiting for DEV to become free",
        # These are not of the kernel, or not of this one.
        "SYZFAIL: {what}",
        "SYZFATAL: {what}",
        "go runtime error",
        "panic: {what}",
        "trusty: ASSERT FAILED:",
        "trusty: ASSERT FAILED: {what}",
        "unexpected kernel reboot",
    }


def test_every_type_that_is_needed_exists_and_nothing_is_listed_twice() -> None:
    types = {kind for _, kind in CRASH_TYPES}
    assert {kind for detector in DETECTORS for kind in detector.needed_by} <= types
    symbols = [symbol for detector in DETECTORS for symbol in detector.symbols]
    assert len(set(symbols)) == len(symbols)


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("KASAN: use-after-free Read in x", {"KASAN", "KFENCE", "heap poisoning"}),
        ("KCSAN: data-race in a / b", {"KCSAN"}),
        ("possible deadlock in x", {"lock checking", "atomic sleep", "WARN and BUG"}),
        ("memory leak in x", {"memory leaks"}),
        ("INFO: task hung in x", {"hangs"}),
        ("WARNING in x", {"WARN and BUG"}),
        ("something nobody knows", {detector.name for detector in DETECTORS}),
    ],
)
def test_a_crash_keeps_what_finds_it(title: str, kept: set[str]) -> None:
    off = {detector.name for detector in unneeded(title, parse(EVERY))}
    assert {detector.name for detector in DETECTORS} - off == kept


def test_a_detector_that_is_off_is_not_switched_off() -> None:
    assert not unneeded("WARNING in x", parse("CONFIG_BUG=y\n# CONFIG_KASAN is not set\n"))


@pytest.mark.parametrize(
    ("full", "base", "worth"),
    [
        ("CONFIG_KASAN=y\n", "", True),
        ("CONFIG_PCI=y\n", "CONFIG_SMP=y\n", True),
        ("CONFIG_PCI=y\nCONFIG_BUG=y\n", "", False),
        ("CONFIG_PCI=y\n", "# nothing\n", False),
    ],
)
def test_a_smaller_config_is_worth_it_with_a_base_or_a_heavy_detector(
    full: str, base: str, worth: bool
) -> None:
    assert is_worthwhile(parse(full), parse(base)) is worth
