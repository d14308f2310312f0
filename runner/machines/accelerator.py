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
from runner.architecture import HOST, Architecture
from runner.errors import InfraError, InputError
from runner.machines.probes import PROBES, SAYS

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Changes with every boot of this machine."""

BARE_MACHINE = ("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot")
SANDBOX = (
    "-sandbox",
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
)


class Accelerator(StrEnum):
    KVM = "kvm"
    TCG = "tcg"
    """QEMU's emulation of a CPU."""

    def arguments(self, architecture: Architecture) -> tuple[str, ...]:
        """QEMU's arguments; with both, the guest's own KVM can run guests."""
        match self:
            case Accelerator.KVM:
                return (*architecture.board, "-accel", "kvm", "-cpu", "host")
            case Accelerator.TCG:
                return (*architecture.board, "-accel", "tcg", *architecture.emulated)


WANTED = {
    "auto": (Accelerator.KVM, Accelerator.TCG),
    "kvm": (Accelerator.KVM,),
    "tcg": (Accelerator.TCG,),
}
DEADLINES = {Accelerator.KVM: 10.0, Accelerator.TCG: 20.0}
"""Seconds until the test image must have ended. It takes 0.5 under TCG, so a busy machine may pass;
but a KVM as slow as a busy TCG is none."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the cache keeps: valid on the same boot of this machine, for the same QEMU and wish."""

    boot_id: str
    qemu: str
    wanted: str
    accelerator: Accelerator
    reason: str


def choose(
    architecture: Architecture,
    cache: Path,
    *,
    wanted: str = "auto",
    cancel: threading.Event | None = None,
    boot_id: Path = BOOT_ID,
    deadlines: Mapping[Accelerator, float] = DEADLINES,
) -> Accelerator:
    """The first wanted accelerator that runs the test image. `wanted` is auto, kvm or tcg.

    `cache` is a file that keeps the answer, with its reason in words, until this machine or QEMU
    changes: one for each architecture. Raises `InfraError` when none works, saying why.
    """
    candidates = _candidates(wanted, architecture)
    key = boot_id.read_text().strip(), _version(architecture, cancel), wanted
    answer = _read(cache)
    if answer is None or (answer.boot_id, answer.qemu, answer.wanted) != key:
        answer = _Answer(*key, *_probe_all(architecture, candidates, deadlines, cancel))
        _write(cache, answer)
        log.info("accelerator %s: %s", answer.accelerator, answer.reason)
    return answer.accelerator


def _candidates(wanted: str, architecture: Architecture) -> tuple[Accelerator, ...]:
    """Those that may run guests of this architecture here: KVM emulates no other CPU."""
    if wanted not in WANTED:
        raise InputError(f"unknown accelerator {wanted!r}: choose auto, kvm or tcg")
    if architecture.is_native:
        return WANTED[wanted]
    if WANTED[wanted] == (Accelerator.KVM,):
        raise InputError(
            f"KVM runs no {architecture.name} guests on this {HOST} machine: "
            "choose the accelerator auto or tcg"
        )
    return (Accelerator.TCG,)


def _probe_all(
    architecture: Architecture,
    candidates: tuple[Accelerator, ...],
    deadlines: Mapping[Accelerator, float],
    cancel: threading.Event | None,
) -> tuple[Accelerator, str]:
    failures: list[str] = []
    for accelerator in candidates:
        failure = _failure(architecture, accelerator, deadlines[accelerator], cancel)
        if not failure:
            return accelerator, "; ".join([*failures, f"{accelerator}: a test image ran"])
        failures.append(f"{accelerator}: {failure}")
    raise InfraError(f"{architecture.qemu} runs no guest here: " + "; ".join(failures))


def _failure(
    architecture: Architecture,
    accelerator: Accelerator,
    deadline: float,
    cancel: threading.Event | None,
) -> str:
    """Why this accelerator is none, in words; empty when the test image ran."""
    probe = PROBES[architecture.name]
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image")
        image.write_bytes(probe.image)
        argv = [*_command(architecture, accelerator), *probe.arguments(image)]
        ended = process.capture(argv, deadline=deadline, cancel=cancel)
    if SAYS in ended.stdout and ended.returncode == probe.status:
        return ""
    opens = accelerator is Accelerator.KVM and os.access("/dev/kvm", os.R_OK | os.W_OK)
    prefix = "/dev/kvm opens but " if opens else ""
    if ended.timed_out:
        return f"{prefix}a test image did not end within {deadline:g} s"
    return f"{prefix}QEMU ended with status {ended.returncode}{last_words(ended.stderr)}"


def _command(architecture: Architecture, accelerator: Accelerator) -> list[str]:
    return [
        architecture.qemu,
        *BARE_MACHINE,
        *SANDBOX,
        *accelerator.arguments(architecture),
        *("-m", "64", "-serial", "stdio"),
    ]


def last_words(stderr: bytes) -> str:
    """The last thing QEMU said that is not a warning, to be put behind a sentence."""
    lines = stderr.decode(errors="replace").splitlines()
    errors = [line for line in lines if line.strip() and ": warning: " not in line]
    return f": {errors[-1]}" if errors else ""


def _version(architecture: Architecture, cancel: threading.Event | None) -> str:
    qemu, package = architecture.qemu, architecture.package
    if shutil.which(qemu) is None:
        raise InfraError(f"{qemu} is not installed: apt-get install {package}")
    ended = process.capture([qemu, "--version"], deadline=20, cancel=cancel)
    return ended.stdout.decode(errors="replace").partition("\n")[0]


def known(cache: Path) -> tuple[str, str, str] | None:
    """What was chosen last: the accelerator, why, and by which QEMU. None before the first time."""
    answer = _read(cache)
    return (answer.accelerator.value, answer.reason, answer.qemu) if answer else None


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
