"""Reproducers of every kind on Linux, without a disk and in a Debian booted from an image."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from runner import reproducers
from runner.architecture import architecture
from runner.machines import qemu, ssh, vm
from runner.machines.accelerator import Accelerator
from runner.machines.guest import Guests
from runner.process import capture
from runner.values import Boot, Disk, Ended, Language, Machine, Reproducer, Syzkaller
from tests.diskimage.conftest import CONFIG, SANDBOX

pytestmark = pytest.mark.linux

C = r"""
#include <stdio.h>
int main(void) { printf("a word has %d bytes\n", (int)sizeof(long)); return 3; }
"""
SYSRQ = "#!/bin/sh\necho {} > /proc/sysrq-trigger\nsleep 60\n"
# No syzkaller is built here: this stands for syz-execprog, and says with what it was started.
EXECPROG = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char line[100] = "";
    for (int i = 1; i < argc; i++)
        printf("%s ", argv[i]);
    FILE *program = fopen(argv[argc - 1], "r");
    if (!program || !fgets(line, sizeof(line), program))
        return 1;
    printf("on %s", line);
    return strcmp(argv[1], "-executor=/syz-executor") || access("/syz-executor", X_OK) ? 2 : 0;
}
"""
BARE = Machine(memory_mb=512, boot_seconds=60, repro_seconds=60)


def run(kernel: Path, machine: Machine, reproducer: Reproducer, folder: Path) -> Boot:
    reproducers.check(reproducer, CONFIG.read_text())
    qemu.check(machine, Accelerator.TCG)
    target, on_disk = architecture(machine.arch), machine.disk is not None
    tools = syzkaller(folder) if reproducer.language == Language.SYZ else None
    guests = Guests(folder / "guests", "gcc", target, SANDBOX, on_disk, tools)
    guest = guests.archive(reproducer, None)
    return vm.boot(kernel, guest, machine, Accelerator.TCG, index=0, console=folder / "console.log")


def syzkaller(folder: Path) -> Syzkaller:
    source, program = folder / "execprog.c", folder / "execprog"
    source.write_text(EXECPROG)
    assert capture(["gcc", "-static", "-o", program, source], deadline=60).succeeded
    return Syzkaller(program, program)


@pytest.mark.parametrize(
    ("reproducer", "status", "words"),
    [
        (
            Reproducer('#{"procs":2,"sandbox":"none"}\ngetpid()\n', Language.SYZ),
            0,
            "-procs=2 -repeat=0 -threaded=true -cover=0 /repro on #{",
        ),
        (Reproducer(C), 3, "a word has 8 bytes"),
        (Reproducer(C, bits=32), 3, "a word has 4 bytes"),
        (Reproducer(C, procs=2), 3, "a word has 8 bytes"),
        (Reproducer("#!/bin/sh\nls / | grep -x repro\nexit 7\n", Language.SCRIPT), 7, "\nrepro"),
    ],
)
def test_without_a_disk(
    kernel: Path, tmp_path: Path, reproducer: Reproducer, status: int, words: str
) -> None:
    boot = run(kernel, BARE, reproducer, tmp_path)
    assert (boot.booted, boot.ended, boot.repro_status) == (True, Ended.DONE, status)
    assert words in boot.console.read_text()


@pytest.fixture
def machine(disk: Disk) -> Machine:
    ssh.check(disk)
    return Machine(
        memory_mb=512, cmdline="root=/dev/vda", disk=disk, boot_seconds=180, repro_seconds=60
    )


@pytest.mark.parametrize(
    ("reproducer", "status", "words"),
    [
        (Reproducer(C), 3, "a word has 8 bytes"),
        (
            Reproducer('#!/usr/bin/perl\nprint "is perl\\n"; exit 125;\n', Language.SCRIPT),
            125,
            "is perl",
        ),
    ],
)
def test_in_a_disk_image_that_stays_as_it_was(
    kernel: Path, machine: Machine, tmp_path: Path, reproducer: Reproducer, status: int, words: str
) -> None:
    assert machine.disk
    before = digest(machine.disk.image)
    boot = run(kernel, machine, reproducer, tmp_path)
    assert (boot.booted, boot.ended, boot.repro_status) == (True, Ended.DONE, status)
    assert words in boot.console.read_text()
    assert digest(machine.disk.image) == before


@pytest.mark.parametrize(
    ("order", "ended", "title"),
    [("c", Ended.CRASHED, "kernel panic: sysrq triggered crash"), ("b", Ended.GONE, None)],
)
def test_a_guest_with_a_disk_can_crash_or_go_away(
    kernel: Path, machine: Machine, tmp_path: Path, order: str, ended: Ended, title: str | None
) -> None:
    reproducer = Reproducer(SYSRQ.format(order), Language.SCRIPT)
    boot = run(kernel, machine, reproducer, tmp_path)
    assert (boot.booted, boot.ended) == (True, ended)
    assert (boot.crash.title if boot.crash else None) == title


def test_a_guest_whose_root_is_not_there_did_not_boot(
    kernel: Path, machine: Machine, tmp_path: Path
) -> None:
    boot = run(kernel, replace(machine, cmdline="root=/dev/nowhere"), Reproducer(C), tmp_path)
    assert not boot.booted
    assert boot.crash
    assert boot.crash.title.startswith("kernel panic: VFS: Unable to mount root fs")


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
