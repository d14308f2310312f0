"""Guests that misbehave: each run ends in the right outcome, on time, with nothing left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner import verdicts
from runner.building.build import build
from runner.kernel_lab import KernelLab
from runner.machines.watcher import CONSOLE_LIMIT
from runner.values import Boot, Crash, Ended, Kernel, Outcome
from tests.demokernel.conftest import SANDBOX, Bench
from tests.demokernel.generate import TITLE
from tests.demokernel.test_kernel import reproducer
from tests.processes import mentioning

pytestmark = pytest.mark.kernel

LOOKED_FOR = Crash(TITLE, "")

HASTY, PATIENT = 1, 30
"""Seconds that a boot, or a reproducer, may take."""


@dataclass(frozen=True, slots=True)
class Case:
    """C code, in the kernel or in the reproducer, and how a run with it ends."""

    code: str
    outcome: Outcome
    ended: Ended
    seconds: int
    words: str


KERNELS = {
    "floods the console": Case(
        'for (;;) pr_info("flood\\n");',
        *(Outcome.BOOT_FAILED, Ended.TIMEOUT, HASTY),
        "boot failed: the reproducer was not started in time",
    ),
    "hangs without a word": Case(
        'asm volatile("cli; hlt");',
        *(Outcome.BOOT_FAILED, Ended.TIMEOUT, HASTY),
        "boot failed: the reproducer was not started in time",
    ),
    "reboots": Case(
        "machine_restart();",
        *(Outcome.BOOT_FAILED, Ended.GONE, PATIENT),
        "boot failed: the machine ended before the reproducer was started",
    ),
    "faults three times": Case(
        "struct { u16 limit; u64 base; } __packed none = { 0, 0 };"
        'asm volatile("lidt %0; ud2" :: "m"(none));',
        *(Outcome.BOOT_FAILED, Ended.GONE, PATIENT),
        "boot failed: the machine ended before the reproducer was started",
    ),
    "powers off": Case(
        "machine_power_off();",
        *(Outcome.BOOT_FAILED, Ended.GONE, PATIENT),
        "boot failed: the machine ended before the reproducer was started",
    ),
    "panics without a newline": Case(
        'serial_write("Kernel panic - not syncing: stop", 32); machine_halt();',
        *(Outcome.BOOT_FAILED, Ended.CRASHED, PATIENT),
        "boot failed: kernel panic: stop",
    ),
}


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_that_misbehaves_before_the_reproducer_starts(
    bench: Bench, always: KernelLab, name: str
) -> None:
    case = KERNELS[name]
    (head,) = (commit for commit in bench.history.commits if commit.sha == bench.history.head)
    source = bench.folder / "misbehaving" / "source"
    for path, file in head.tree.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(file.text)
    main = (source / "init/main.c").read_text()
    edited = main.replace("\tdo_initcalls();", f"\t{{ {case.code} }}\n\tdo_initcalls();")
    assert edited != main
    headers = "#include <kernel/kernel.h>\n#include <kernel/sched.h>\n#include <kernel/serial.h>\n"
    (source / "init/main.c").write_text(headers + edited)
    plan = replace(always.plan, machine=replace(always.plan.machine, boot_seconds=case.seconds))
    built = build(
        source,
        source.with_name("objects"),
        plan,
        log=source.with_name("log"),
        cancel=None,
        jobs=2,
        ccache_dir=source.with_name("ccache"),
        sandbox=SANDBOX,
    )
    kernel = Kernel("misbehaving", built.image, built.signature, built.compiler, 0, cached=False)
    console = bench.folder / "console-misbehaving"
    (run,) = replace(always, plan=plan).boots(kernel, {0: console})
    check(run, case, built.image)


def check(run: Boot, case: Case, image: Path) -> None:
    assert (run.ended, verdicts.outcome(run, LOOKED_FOR)) == (case.ended, case.outcome)
    assert verdicts.words(run, LOOKED_FOR) == case.words
    assert run.console.stat().st_size <= CONSOLE_LIMIT
    assert not mentioning("qemu-system", str(image))


BUG = """
    int fd = open("/dev/demo", 2);
    ioctl(fd, 0xd001, 0);
    unsigned int in[4] = {3, 0x10, 0x1000, 0}, go[2] = {0, 0}, out[4] = {0, 0x10, 0, 0};
    ioctl(fd, 0x4010d004, in);
    ioctl(fd, 0xc008d006, go);
    ioctl(fd, 0x4010d004, out);
"""
"""What the demo's own reproducer does to show the planted bug."""

REPRODUCERS = {
    "floods the console": Case(
        'for (;;) write(1, "line\\n", 5);', Outcome.OK, Ended.TIMEOUT, HASTY, "OK"
    ),
    "floods the console without a line end": Case(
        "static char x[60000]; for (;;) write(1, x, sizeof x);",
        *(Outcome.OK, Ended.TIMEOUT, HASTY),
        "OK",
    ),
    "hangs": Case("for (;;);", Outcome.OK, Ended.TIMEOUT, HASTY, "OK"),
    "forks without end": Case("for (;;) vfork();", Outcome.OK, Ended.TIMEOUT, HASTY, "OK"),
    "takes all memory": Case(
        "for (;;) { char *p = mmap(0, 1 << 20, 3, 0x22, -1, 0); memset(p, 1, 1 << 20); }",
        *(Outcome.OK, Ended.DONE, PATIENT),
        "OK",
    ),
    "kills everybody": Case(
        "kill(-1, 9); kill(1, 9); kill(0, 9); kill(getpid(), 9); return 0;",
        *(Outcome.OK, Ended.DONE, PATIENT),
        "OK",
    ),
    "reboots the machine": Case(
        "syscall(169, 0xfee1dead, 672274793, 0x01234567, 0);",
        *(Outcome.LOST, Ended.GONE, PATIENT),
        "crashed: lost connection to test machine",
    ),
    "writes every byte there is": Case(
        "for (int i = 0; i < 256; i++) { char byte = i; write(1, &byte, 1); } return 0;",
        *(Outcome.OK, Ended.DONE, PATIENT),
        "OK",
    ),
    "hides its crash in escapes and half characters": Case(
        r'write(1, "\xff\x1b]0;x\x07\x1b[2J\0\xc3", 14);' + BUG,
        *(Outcome.CRASH, Ended.CRASHED, PATIENT),
        f"crashed: {TITLE}",
    ),
    "says that it ended, and goes on": Case(
        'puts("bisectweb: reproducer exited 0"); fflush(stdout); for (;;);',
        *(Outcome.OK, Ended.DONE, PATIENT),
        "OK",
    ),
    "says that it ended, and crashes the kernel": Case(
        f'puts("bisectweb: reproducer exited 0"); fflush(stdout); {BUG}',
        *(Outcome.CRASH, Ended.CRASHED, PATIENT),
        f"crashed: {TITLE}",
    ),
    "says again and again that it starts": Case(
        'for (;;) puts("bisectweb: starting reproducer");',
        *(Outcome.OK, Ended.TIMEOUT, HASTY),
        "OK",
    ),
    "says that it never ran": Case(
        'puts("bisectweb: reproducer did not start: error 8"); return 0;',
        *(Outcome.BOOT_FAILED, Ended.GONE, PATIENT),
        "boot failed: the machine ended before the reproducer was started",
    ),
}


@pytest.mark.parametrize("name", REPRODUCERS)
def test_a_reproducer_that_misbehaves(bench: Bench, always: KernelLab, name: str) -> None:
    case = REPRODUCERS[name]
    lab = bench.lab(always.plan.config, reproducer(case.code))
    machine = replace(lab.plan.machine, boot_seconds=PATIENT, repro_seconds=case.seconds)
    lab = replace(lab, plan=replace(lab.plan, machine=machine))
    run = bench.boot(bench.history.head, lab)
    check(run, case, bench.build(bench.history.head, lab).image)
