"""QEMU's command line, and whose fault it is when QEMU does not take it."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from pathlib import Path

from runner import process
from runner.architecture import architecture
from runner.errors import InfraError, InputError
from runner.machines.accelerator import BARE_MACHINE, SANDBOX, Accelerator, last_words
from runner.values import Disk, Machine

CMDLINE = "panic=-1"
"""With -no-reboot, a panic that resets at once ends the VM."""
TRIAL_SECONDS = 30.0
"""How long QEMU may take to set a machine up that is not started; a tenth is usual."""
LOOPBACK = "127.0.0.1"
QCOW2 = b"QFI\xfb"
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
    guest: Path,
    machine: Machine,
    accelerator: Accelerator,
    program: str | None = None,
    *,
    port: int = 0,
) -> list[str]:
    """A machine that starts the kernel, with its console on standard output and no display.

    Without a disk image, `guest` is its initramfs, and it has no network and no disk of ours. With
    one, its ssh is at `port` of our loopback device, and that is all it can be reached by or reach.
    """
    board, wishes = _board(machine, accelerator, program), _wishes(machine, port)
    return [*board, *wishes, "-serial", "stdio", *_software(kernel, guest, machine)]


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
    guest: Path,
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
    _check_readable(guest)
    whole = [*_board(machine, accelerator, program), *_wishes(machine)]
    if not _complaint([*whole, *_software(kernel, guest, machine)], cancel):
        raise InfraError(said)
    check(machine, accelerator, cancel=cancel, program=program)  # what comes and goes is ours


def _board(machine: Machine, accelerator: Accelerator, program: str | None) -> list[str]:
    target = architecture(machine.arch)
    hardware = (*accelerator.arguments(target), "-m", str(machine.memory_mb))
    return [program or target.qemu, *BARE_MACHINE, *SANDBOX, *hardware]


def _wishes(machine: Machine, port: int = 0) -> list[str]:
    disk = _disk(machine.disk, machine.cmdline, port) if machine.disk else ()
    return ["-smp", str(machine.cpus), *disk, *machine.qemu_args]


def _disk(disk: Disk, cmdline: str, port: int) -> Sequence[str]:
    """The drive, where the kernel's `root=` looks for it, and a network that leads nowhere."""
    file = str(disk.image).replace(",", ",,")
    drive = f"file={file},format={_format(disk.image)},if=none,id=disk,snapshot=on"
    device = "ide-hd" if "root=/dev/sd" in cmdline else "virtio-blk-pci"
    forward = f"user,id=net,restrict=on,hostfwd=tcp:{LOOPBACK}:{port}-:22"
    return (
        *("-drive", drive, "-device", f"{device},drive=disk"),
        *("-netdev", forward, "-device", "virtio-net-pci,netdev=net,romfile="),
    )


def _format(image: Path) -> str:
    """Not left to QEMU: what a guest writes to a raw disk could make it look like another."""
    try:
        with image.open("rb") as file:
            return "qcow2" if file.read(len(QCOW2)) == QCOW2 else "raw"
    except OSError as error:
        raise InputError(f"cannot read the disk image {image}: {error.strerror}") from error


def _software(kernel: Path, guest: Path, machine: Machine) -> list[str]:
    console = architecture(machine.arch).console
    line = f"{console} {CMDLINE} {machine.cmdline}".strip()
    initrd = () if machine.disk else ("-initrd", str(guest))
    return ["-kernel", str(kernel), *initrd, "-append", line]


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
