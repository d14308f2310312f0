"""QEMU's command line, and whose fault it is when QEMU does not take it."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from pathlib import Path

from runner import process
from runner.accelerator import BARE_MACHINE, SANDBOX, Accelerator, last_words
from runner.architecture import architecture
from runner.errors import InfraError, InputError
from runner.values import Machine

CMDLINE = "panic=-1"
"""With -no-reboot, a panic that resets at once ends the VM."""
TRIAL_SECONDS = 30.0
"""How long QEMU may take to set a machine up that is not started; a tenth is usual."""
QUIT = b'{"execute": "qmp_capabilities"} {"execute": "quit"}'

# What runs depend on: with one of these in a tree's arguments a guest would be silent, never start
# or never end, and every commit of the tree would seem broken.
OURS = frozenset(
    {
        *("accel", "append", "chroot", "daemonize", "enable-kvm", "h", "help", "incoming"),
        *("initrd", "kernel", "loadvm", "m", "no-shutdown", "nographic", "preconfig"),
        *("readconfig", "runas", "run-with", "S", "sandbox", "serial", "smp", "version"),
    }
)


def parse_arguments(text: str) -> tuple[str, ...]:
    """A tree's own arguments, split as a shell would; `InputError` names one that is wrong."""
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"cannot split QEMU's arguments: {error}".lower()) from error
    if arguments and not arguments[0].startswith("-"):
        raise InputError(f"QEMU's arguments begin with an option, not with {arguments[0]!r}")
    for argument in arguments:
        if argument.startswith("-") and argument.lstrip("-") in OURS:
            raise InputError(
                f"{argument} is not for a tree to set: runs depend on it. Memory, processors and "
                "the kernel's command line have fields of their own"
            )
    return arguments


def command(
    kernel: Path,
    initramfs: Path,
    machine: Machine,
    accelerator: Accelerator,
    program: str | None = None,
) -> list[str]:
    """A machine that starts the kernel, with its console on standard output and no network, disk or
    display of ours.
    """
    board, wishes = _board(machine, accelerator, program), _wishes(machine)
    return [*board, *wishes, "-serial", "stdio", *_software(kernel, initramfs, machine)]


def check(
    machine: Machine,
    accelerator: Accelerator,
    *,
    cancel: threading.Event | None = None,
    program: str | None = None,
) -> None:
    """`InputError` when QEMU refuses what the tree wants of its machine."""
    board, wishes = _board(machine, accelerator, program), _wishes(machine)
    if said := _complaint(board, cancel):
        raise InfraError(f"QEMU does not start: {said}")
    if said := _complaint([*board, *wishes], cancel):
        raise InputError(f"QEMU refuses the tree's arguments {shlex.join(wishes)}: {said}")


def check_image(
    kernel: Path,
    initramfs: Path,
    machine: Machine,
    accelerator: Accelerator,
    *,
    said: str,
    cancel: threading.Event | None = None,
    program: str | None = None,
) -> None:
    """QEMU failed before the guest had booted, and `said` so. Return when it is the kernel image
    that it refuses; `InputError` when it is the tree's arguments, and `InfraError` otherwise.

    Found out by setting up one machine after the other, each with more of it, not by the words.
    """
    check(machine, accelerator, cancel=cancel, program=program)
    _check_readable(kernel)
    _check_readable(initramfs)
    whole = [*_board(machine, accelerator, program), *_wishes(machine)]
    if not _complaint([*whole, *_software(kernel, initramfs, machine)], cancel):
        raise InfraError(said)
    check(machine, accelerator, cancel=cancel, program=program)  # what comes and goes is ours


def _board(machine: Machine, accelerator: Accelerator, program: str | None) -> list[str]:
    target = architecture(machine.arch)
    hardware = (*accelerator.arguments(target), "-m", str(machine.memory_mb))
    return [program or target.qemu, *BARE_MACHINE, *SANDBOX, *hardware]


def _wishes(machine: Machine) -> list[str]:
    return ["-smp", str(machine.cpus), *machine.qemu_args]


def _software(kernel: Path, initramfs: Path, machine: Machine) -> list[str]:
    console = architecture(machine.arch).console
    line = f"{console} {CMDLINE} {machine.cmdline}".strip()
    return ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", line]


def _complaint(argv: Sequence[str], cancel: threading.Event | None) -> str:
    """Why QEMU does not set up this machine, in its own words; empty when it does."""
    trial = [*argv, "-serial", "null", "-S", "-qmp", "stdio"]
    ended = process.capture(trial, deadline=TRIAL_SECONDS, stdin=QUIT, cancel=cancel)
    if ended.timed_out:
        raise InfraError(f"QEMU sets up no machine within {TRIAL_SECONDS:.0f} s")
    if ended.succeeded:
        return ""
    return last_words(ended.stderr).removeprefix(": ") or f"status {ended.returncode}"


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise InfraError(f"cannot read {path}: {error.strerror}") from error
