"""What a reproducer needs in the guest: its files, and the command that runs it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from runner import reproducers, syz
from runner.architecture import Architecture
from runner.errors import InfraError, InputError
from runner.values import Reproducer, Syzkaller

REPRO = "/repro"
SHELL = "/bin/sh"
EXECPROG, EXECUTOR = "/syz-execprog", "/syz-executor"
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


def syzkaller(
    reproducer: Reproducer, out: Path, target: Architecture, tools: Syzkaller | None
) -> Payload:
    """A syzkaller program, written to `out`, and the programs that run it."""
    if tools is None:
        raise InputError("the tree has no syz-execprog and syz-executor: an admin can give them")
    out.write_text(reproducer.source)
    flags = syz.flags(
        reproducer.source, procs=reproducer.procs, arch=target.name, bits=reproducer.bits
    )
    return Payload(
        {REPRO: out, EXECPROG: _readable(tools.execprog), EXECUTOR: _readable(tools.executor)},
        (EXECPROG, f"-executor={EXECUTOR}", *flags, REPRO),
    )


def tools_identity(tools: Syzkaller | None) -> list[str]:
    """What changes when somebody puts other programs in their place."""
    if tools is None:
        return []
    paths = [_readable(path) for path in (tools.execprog, tools.executor)]
    return [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in paths]


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    return path


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
