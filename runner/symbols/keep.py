"""Keeps of a built vmlinux what reports are symbolised by: its symbols and its debug info."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

from runner.errors import InfraError
from runner.process import Command, capture
from runner.sandbox import Sandbox
from runner.symbols.table import has_debug_info

KEEP_SECONDS = 300.0
NEEDLESS = (".debug_loc*", ".debug_macro*", ".debug_gdb_scripts", ".debug_frame", ".BTF*")
"""Sections of the debug info that say nothing of lines and inlined functions."""
NO_DEBUG_INFO = "the kernel was built without debug info (CONFIG_DEBUG_INFO)"


@dataclass(frozen=True, slots=True)
class Symbols:
    """What there is to symbolise the reports of one kernel."""

    file: Path | None
    """An ELF file without code and data, its debug info compressed."""
    roots: Sequence[Path] = ()
    """Folders that its sources were in."""
    reason: str = ""
    """Why there is no file; empty when there is one."""


def keep(
    vmlinux: Path,
    out: Path,
    roots: Sequence[Path],
    *,
    tools: str = "",
    sandbox: Sandbox,
    cancel: threading.Event | None = None,
) -> Symbols:
    """Write to `out` what is needed of a vmlinux, by the objcopy called `tools`objcopy.

    Without debug info that is nothing: functions stand in the report already. Nothing here is
    worth a failed build, so whatever goes wrong is only told.
    """
    try:
        if not _has_debug_info(vmlinux):
            return Symbols(None, reason=NO_DEBUG_INFO)
        _copy(vmlinux, out, tools, sandbox, cancel)
    except (InfraError, OSError) as error:
        out.unlink(missing_ok=True)
        return Symbols(None, reason=f"the kernel's debug info was not kept: {error}")
    return Symbols(out, tuple(roots))


def _has_debug_info(vmlinux: Path) -> bool:
    with vmlinux.open("rb") as file:
        try:
            return has_debug_info(ELFFile(file))
        except (ELFError, ConstructError, OverflowError, ValueError) as error:
            raise InfraError(f"vmlinux is not a valid ELF file: {error}") from error


def _copy(
    vmlinux: Path, out: Path, tools: str, sandbox: Sandbox, cancel: threading.Event | None
) -> None:
    out.touch()  # what is bound into the sandbox must exist
    argv: Command = [
        *(f"{tools}objcopy", "--only-keep-debug", "--compress-debug-sections=zstd"),
        *(f"--remove-section={name}" for name in NEEDLESS),
        *(vmlinux, out),
    ]
    command = sandbox.command(argv, readable=[vmlinux.parent], writable=[out.parent])
    done = capture(command, deadline=KEEP_SECONDS, cancel=cancel)
    if done.timed_out:
        raise InfraError(f"objcopy took longer than {KEEP_SECONDS:.0f} s")
    if not done.succeeded:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InfraError(f"objcopy failed: {said[-1] if said else f'status {done.returncode}'}")
