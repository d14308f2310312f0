"""Chooses how QEMU runs guests here: by running one, never by what /dev/kvm looks like."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from runner import process
from runner.errors import InfraError, InputError

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Changes with every boot of this machine."""

BARE_MACHINE = ("-M", "q35", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot")
SANDBOX = (
    "-sandbox",
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
)


class Accelerator(StrEnum):
    KVM = "kvm"
    TCG = "tcg"
    """QEMU's emulation of a CPU."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """QEMU's arguments; with both, the guest's own KVM can run guests."""
        match self:
            case Accelerator.KVM:
                return ("-accel", "kvm", "-cpu", "host")
            case Accelerator.TCG:  # emulates AMD's SVM, not Intel's VMX
                return ("-accel", "tcg", "-cpu", "EPYC,+svm")


WANTED = {
    "auto": (Accelerator.KVM, Accelerator.TCG),
    "kvm": (Accelerator.KVM,),
    "tcg": (Accelerator.TCG,),
}
DEADLINES = {Accelerator.KVM: 10.0, Accelerator.TCG: 20.0}
"""Seconds until the test image must have ended. It takes 0.4 under TCG, so a busy machine may pass;
but a KVM as slow as a busy TCG is none."""

PROBE = (
    bytes.fromhex(
        """
    fa31c08e d88ec0fc bf0010b9 0020f3ab c7060010 0320c706 00200330 c7060030
    8300660f 0116007d 66b82000 00000f22 e066b800 1000000f 22d866b9 800000c0
    0f32660d 00010000 0f3066b8 01000080 0f22c066 ea5b7c00 000800bc 007c0000
    b8c97c00 00890425 80400000 66c70425 82400000 080066c7 04258440 0000008e
    0f011c25 067d0000 b0fee621 fbf4fab9 80f0fa02 89c825fc ff070001 88000010
    00ffc975 efbecf7c 0000b91e 00000066 bafd03ec a82074fb 66baf803 aceeffc9
    75edb02a e6f4f4eb fdb020e6 2048cf62 69736563 74776562 3a206120 67756573
    74207275 6e732068 6572650d 0a0f1f00 00000000 00000000 00000000 009a2000
    0f00f07c 0000ff0f 0040
    """
    ).ljust(510, b"\0")
    + b"\x55\xaa"
)
"""The boot sector that `guest/probe.S` describes; a test assembles that and compares."""
DISK_SIZE = 1 << 20
"""The BIOS takes no smaller disk."""
SAYS = b"bisectweb: a guest runs here"
STATUS = 85
"""QEMU's exit status when the test image left through isa-debug-exit."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the cache keeps: valid on the same boot of this machine, for the same QEMU and wish."""

    boot_id: str
    qemu: str
    wanted: str
    accelerator: Accelerator
    reason: str


def choose(
    qemu: str,
    cache: Path,
    *,
    wanted: str = "auto",
    cancel: threading.Event | None = None,
    boot_id: Path = BOOT_ID,
    deadlines: Mapping[Accelerator, float] = DEADLINES,
) -> Accelerator:
    """The first wanted accelerator that runs the test image. `wanted` is auto, kvm or tcg.

    `cache` is a file that keeps the answer, with its reason in words, until this machine or QEMU
    changes. Raises `InfraError` when none works, saying why.
    """
    if wanted not in WANTED:
        raise InputError(f"unknown accelerator {wanted!r}: choose auto, kvm or tcg")
    key = boot_id.read_text().strip(), _version(qemu, cancel), wanted
    answer = _read(cache)
    if answer is None or (answer.boot_id, answer.qemu, answer.wanted) != key:
        answer = _Answer(*key, *_probe_all(qemu, WANTED[wanted], deadlines, cancel))
        _write(cache, answer)
        log.info("accelerator %s: %s", answer.accelerator, answer.reason)
    return answer.accelerator


def _probe_all(
    qemu: str,
    candidates: tuple[Accelerator, ...],
    deadlines: Mapping[Accelerator, float],
    cancel: threading.Event | None,
) -> tuple[Accelerator, str]:
    failures: list[str] = []
    for accelerator in candidates:
        failure = _failure(qemu, accelerator, deadlines[accelerator], cancel)
        if not failure:
            return accelerator, "; ".join([*failures, f"{accelerator}: a test image ran"])
        failures.append(f"{accelerator}: {failure}")
    raise InfraError(f"{qemu} runs no guest here: " + "; ".join(failures))


def _failure(
    qemu: str, accelerator: Accelerator, deadline: float, cancel: threading.Event | None
) -> str:
    """Why this accelerator is none, in words; empty when the test image ran."""
    with tempfile.TemporaryDirectory() as folder:
        disk = Path(folder, "disk")
        disk.write_bytes(PROBE.ljust(DISK_SIZE, b"\0"))
        ended = process.capture(_command(qemu, accelerator, disk), deadline=deadline, cancel=cancel)
    if SAYS in ended.stdout and ended.returncode == STATUS:
        return ""
    opens = accelerator is Accelerator.KVM and os.access("/dev/kvm", os.R_OK | os.W_OK)
    prefix = "/dev/kvm opens but " if opens else ""
    if ended.timed_out:
        return f"{prefix}a test image did not end within {deadline:g} s"
    return f"{prefix}QEMU ended with status {ended.returncode}{last_words(ended.stderr)}"


def _command(qemu: str, accelerator: Accelerator, disk: Path) -> list[str]:
    return [
        qemu,
        *BARE_MACHINE,
        *SANDBOX,
        *accelerator.arguments,
        *("-m", "64", "-serial", "stdio"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=1"),
        *("-drive", f"format=raw,file={str(disk).replace(',', ',,')}"),
    ]


def last_words(stderr: bytes) -> str:
    """The last thing QEMU said that is not a warning, to be put behind a sentence."""
    lines = stderr.decode(errors="replace").splitlines()
    errors = [line for line in lines if line.strip() and ": warning: " not in line]
    return f": {errors[-1]}" if errors else ""


def _version(qemu: str, cancel: threading.Event | None) -> str:
    if shutil.which(qemu) is None:
        raise InfraError(f"{qemu} is not installed: apt-get install qemu-system-x86")
    ended = process.capture([qemu, "--version"], deadline=20, cancel=cancel)
    return ended.stdout.decode(errors="replace").partition("\n")[0]


def _read(cache: Path) -> _Answer | None:
    try:
        fields = json.loads(cache.read_text())
        return _Answer(**{**fields, "accelerator": Accelerator(fields["accelerator"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None  # no answer yet, or what a crash of this machine left of one


def _write(cache: Path, answer: _Answer) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=cache.parent, delete=False) as file:
        json.dump(asdict(answer), file, indent=1)
    os.replace(file.name, cache)
