"""What a reproducer needs in the guest: its files, and the command that runs it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from runner import reproducers
from runner.architecture import Architecture
from runner.errors import InfraError, InputError
from runner.values import Reproducer

REPRO = "/repro"
SHELL = "/bin/sh"
NEEDS_DISK = "a tree whose machine has a disk image is needed for it"


@dataclass(frozen=True, slots=True)
class Payload:
    files: Mapping[str, Path]
    """By their absolute paths in the guest."""
    argv: tuple[str, ...]


def script(reproducer: Reproducer, out: Path, target: Architecture, on_disk: bool) -> Payload:
    """A script, written to `out`, with an interpreter where there is no disk to have one; or a
    program.
    """
    content = reproducers.content(reproducer)
    out.write_bytes(content)
    interpreter = reproducers.interpreter(content)
    if on_disk:
        return Payload({REPRO: out}, (REPRO,))
    if not interpreter:
        _check_static(out)
        return Payload({REPRO: out}, (REPRO,))
    if interpreter != SHELL or not target.is_native:
        raise InputError(f"without a disk, no guest has {interpreter}: {NEEDS_DISK}")
    # Named explicitly: not every kernel config has BINFMT_SCRIPT.
    return Payload({REPRO: out, SHELL: _busybox()}, (SHELL, REPRO))


def _busybox() -> Path:
    path = shutil.which("busybox")
    if path is None or not _is_static(Path(path)):
        raise InfraError("the guest's shell is not installed: apt-get install busybox-static")
    return Path(path)


def _check_static(program: Path) -> None:
    try:
        static = _is_static(program)
    except ELFError as error:
        raise InputError(f"the reproducer is no ELF program: {error}") from error
    if not static:
        raise InputError(f"the reproducer is not linked statically: {NEEDS_DISK}")


def _is_static(program: Path) -> bool:
    with program.open("rb") as file:
        kinds = {segment["p_type"] for segment in ELFFile(file).iter_segments()}
    return "PT_INTERP" not in kinds
