"""The kernel itself: built, booted and crashed by the code that bisects Linux."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from runner.errors import BuildFailed
from runner.kernel_lab import KernelLab
from runner.process import capture
from runner.values import Boot, Crash, Ended, Language, Outcome, Reproducer
from runner.verdicts import outcome
from tests.demokernel.conftest import Bench
from tests.demokernel.generate import SECOND_TITLE, TITLE, broken_boot, config
from tests.demokernel.patches import Role

pytestmark = pytest.mark.kernel

HEXADECIMAL = r"[0-9a-f]+"
# What a kernel developer looks for in a warning, in this order.
OOPS = [
    r"-+\[ cut here \]-+",
    r"WARNING: CPU: 0 PID: 2 at drivers/demo/nested\.c:\d+ demo_leave_nested\+0x\w+/0x\w+",
    r"Modules linked in:",
    r"CPU: 0 PID: 2 Comm: repro Not tainted 1\.4\.0-rc1 #1",
    r"Hardware name: QEMU .*, BIOS .*",
    r"RIP: 0010:demo_leave_nested\+0x\w+/0x\w+",
    r"Code: .*<0f> 0b.*",
    rf"RSP: 0018:{HEXADECIMAL} EFLAGS: {HEXADECIMAL}",
    rf"CR2: {HEXADECIMAL} CR3: {HEXADECIMAL} CR4: {HEXADECIMAL}",
    r"Call Trace:",
    r" demo_quiesce_nested\+0x\w+/0x\w+",
    r" demo_set_nested_state\+0x\w+/0x\w+",
    r" __x64_sys_ioctl\+0x\w+/0x\w+",
    r" do_syscall_64\+0x\w+/0x\w+",
    r" entry_SYSCALL_64_after_hwframe\+0x\w+/0x\w+",
    rf"RIP: 0033:0x{HEXADECIMAL}",
    rf"RSP: 002b:{HEXADECIMAL} EFLAGS: {HEXADECIMAL} ORIG_RAX: 0000000000000010",
    r"---\[ end trace.*",
]


def title(boot: Boot) -> str | None:
    return boot.crash.title if boot.crash else None


def test_the_head_warns_with_a_real_oops(bench: Bench, always: KernelLab) -> None:
    boot = bench.boot(bench.history.head, always)
    assert boot.booted
    assert title(boot) == TITLE
    assert boot.crash is not None
    console = re.sub(r"(?m)^\[ *\d+\.\d{6}\] ", "", boot.console.read_text())
    rest = iter(console.splitlines())
    missing = [line for line in OOPS if not any(re.fullmatch(line, text) for text in rest)]
    assert not missing, console


def test_clang_builds_a_kernel_that_shows_the_same(bench: Bench) -> None:
    lab = bench.lab(config(percent=100, late_percent=0), compiler="clang")
    assert "clang version" in bench.build(bench.history.head, lab).compiler
    assert title(bench.boot(bench.history.head, lab)) == TITLE


def test_the_culprit_crashes_and_its_parent_does_not(bench: Bench, always: KernelLab) -> None:
    culprit = bench.history.the(Role.CULPRIT)
    assert title(bench.boot(culprit.sha, always)) == TITLE
    before = bench.boot(culprit.parents[0], always)
    assert before.booted
    assert before.ended is Ended.DONE
    assert before.crash is None
    assert before.repro_status == 0


def test_the_fix_ends_it(bench: Bench, always: KernelLab) -> None:
    fix = bench.history.the(Role.FIX)
    assert title(bench.boot(fix.parents[0], always)) == TITLE
    assert bench.boot(fix.sha, always).crash is None


def test_the_broken_commit_does_not_build_and_the_next_does(
    bench: Bench, always: KernelLab
) -> None:
    with pytest.raises(BuildFailed, match="kstrtol"):
        bench.build(bench.history.the(Role.BREAKS_BUILD).sha, always)
    assert bench.build(bench.history.the(Role.FIXES_BUILD).sha, always).image.is_file()


def test_the_broken_range_does_not_reach_init(bench: Bench, always: KernelLab) -> None:
    broken = broken_boot(bench.history)
    for commit in (broken[0], broken[-1]):
        boot = bench.boot(commit.sha, always)
        assert not boot.booted
        assert "No working init found" in boot.console.read_text()
    assert bench.boot(bench.history.the(Role.FIXES_BOOT).sha, always).booted
    assert bench.boot(broken[0].parents[0], always).booted


def test_a_comment_changes_nothing_that_is_loaded(bench: Bench, always: KernelLab) -> None:
    commit = bench.history.the(Role.COMMENT_ONLY)
    before = bench.build(commit.parents[0], always)
    assert bench.build(commit.sha, always).signature == before.signature


def test_code_changes_what_is_loaded(bench: Bench, always: KernelLab) -> None:
    commit = bench.history.the(Role.CULPRIT)
    before = bench.build(commit.parents[0], always)
    assert bench.build(commit.sha, always).signature != before.signature


def test_a_kernel_is_the_same_wherever_it_is_built(bench: Bench, always: KernelLab) -> None:
    elsewhere = bench.lab(always.plan.config, site="a/deeper/site")
    first, second = (bench.build(bench.history.head, lab) for lab in (always, elsewhere))
    assert not second.cached
    assert first.signature == second.signature


def test_the_second_bug_has_another_title(bench: Bench) -> None:
    late = bench.lab(config(percent=0, late_percent=100))
    second = bench.history.the(Role.SECOND_BUG)
    boot = bench.boot(second.sha, late)
    assert title(boot) == SECOND_TITLE
    assert bench.boot(second.parents[0], late).crash is None


def test_runs_differ_by_chance(bench: Bench) -> None:
    """That all 20 agree happens once in half a million times."""
    boots = bench.boots(bench.history.head, bench.lab(config(percent=50, late_percent=0)), runs=20)
    assert {title(boot) for boot in boots} == {TITLE, None}


def test_a_window_of_no_width_is_never_hit(bench: Bench) -> None:
    boots = bench.boots(bench.history.head, bench.lab(config(percent=0, late_percent=0)), runs=4)
    assert [title(boot) for boot in boots] == [None] * 4


def reproducer(body: str) -> Reproducer:
    headers = "stdio stdlib string unistd signal time fcntl sys/ioctl sys/mman sys/syscall"
    head = "".join(f"#include <{name}.h>\n" for name in headers.split())
    return Reproducer(head + f"int main(void) {{ {body} }}\n")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return 7;", 7),
        ("return *(volatile int *)8;", 128 + 11),
        ('__asm__ volatile("hlt"); return 0;', 128 + 11),
        ('__asm__ volatile("ud2"); return 0;', 128 + 4),
        ("return *(volatile int *)0xffffffff80100000;", 128 + 11),
        ("abort();", 128 + 6),
        ('return ioctl(open("/dev/demo", 2), 0xd001, 0) ? 1 : 0;', 0),
        ("return write(1, (void *)16, 5) == -1 ? 0 : 1;", 0),
        ("char *p = malloc(3 << 20); memset(p, 1, 3 << 20); free(p); return 0;", 0),
        ("mmap((void *)0x20000000, 1 << 24, 7, 0x32, -1, 0); return *(char *)0x20ffffff;", 0),
        ("struct timespec t = {0, 50000000}; return nanosleep(&t, 0);", 0),
        ('printf("%.3f %s\\n", 2.5, "text"); return 0;', 0),
    ],
)
def test_a_program_ends_as_it_would_elsewhere(
    bench: Bench, always: KernelLab, body: str, status: int
) -> None:
    """A program that faults is killed; the kernel goes on."""
    lab = bench.lab(always.plan.config, reproducer(body))
    boot = bench.boot(bench.history.head, lab)
    assert boot.crash is None
    assert boot.repro_status == status
    assert boot.ended is Ended.DONE


def test_copies_of_a_program_all_run_and_the_first_bad_status_counts(
    bench: Bench, always: KernelLab
) -> None:
    body = 'puts("ran");'
    several = replace(reproducer(body + " return 3;"), procs=3)
    boot = bench.boot(bench.history.head, bench.lab(always.plan.config, several))
    assert boot.ended is Ended.DONE
    assert boot.repro_status == 3
    assert boot.console.read_text().count("ran\n") == 3


def test_a_program_that_repeats_is_stopped_when_its_time_is_over(
    bench: Bench, always: KernelLab
) -> None:
    again = replace(reproducer('puts("ran"); return 0;'), repeat=True)
    lab = bench.lab(always.plan.config, again)
    lab = replace(lab, plan=replace(lab.plan, machine=replace(lab.plan.machine, repro_seconds=1)))
    boot = bench.boot(bench.history.head, lab)
    assert boot.booted
    assert boot.ended is Ended.TIMEOUT
    assert boot.repro_status is None
    assert boot.console.read_text().count("ran\n") > 1


@pytest.mark.parametrize(
    ("status", "expected"), [(0, Outcome.OK), (1, Outcome.CRASH), (125, Outcome.LOST)]
)
def test_the_status_of_a_program_can_be_what_counts(
    bench: Bench, always: KernelLab, status: int, expected: Outcome
) -> None:
    source, program = bench.folder / "main.c", bench.folder / "main"
    source.write_text(f"int main(void) {{ return {status}; }}\n")
    assert capture(["gcc", "-static", "-o", program, source], deadline=60).succeeded
    text = base64.encodebytes(program.read_bytes()).decode()
    lab = bench.lab(always.plan.config, Reproducer(text, Language.SCRIPT))
    lab.check()
    assert outcome(bench.boot(bench.history.head, lab), Crash("", "")) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("panic_on_warn=1", "Kernel panic - not syncing: kernel: panic_on_warn set"),
        ("rdinit=/nowhere", "Kernel panic - not syncing: No working init found"),
        ("initcall_debug", "initcall demo_init+0x0/"),
    ],
)
def test_the_command_line_is_read(
    bench: Bench, always: KernelLab, options: str, expected: str
) -> None:
    machine = replace(always.plan.machine, cmdline=options)
    lab = replace(always, plan=replace(always.plan, machine=machine))
    text = bench.boot(bench.history.head, lab).console.read_text()
    assert expected in text


@pytest.mark.parametrize("name", ["state", "dirty_log", "smi"])
def test_the_trees_own_tests_pass(bench: Bench, always: KernelLab, name: str) -> None:
    (head,) = (commit for commit in bench.history.commits if commit.sha == bench.history.head)
    header = head.tree["include/uapi/demo.h"].text
    source = head.tree[f"tools/testing/demo/{name}.c"].text
    source = source.replace('#include "../../../include/uapi/demo.h"\n', header)
    boot = bench.boot(bench.history.head, bench.lab(always.plan.config, Reproducer(source)))
    assert boot.repro_status == 0
    assert "\nok" in boot.console.read_text()
