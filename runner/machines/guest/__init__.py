"""What runs inside a VM: our init and the reproducer, packed as an initramfs, or for its disk."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from runner.architecture import Architecture
from runner.building.build import compile_reproducer
from runner.building.compilers import compiler_for
from runner.errors import InfraError
from runner.machines import initramfs
from runner.machines.guest.payload import REPRO, Payload, script, syzkaller, tools_identity
from runner.process import Command, run
from runner.sandbox import Sandbox
from runner.values import Language, Reproducer, Syzkaller

KEPT = 50
"""Packed reproducers kept."""


@dataclass(frozen=True, slots=True)
class Guests:
    """A folder of archives, one for each reproducer: an initramfs, or what goes onto a disk."""

    folder: Path
    compiler: str
    architecture: Architecture
    sandbox: Sandbox
    on_disk: bool = False
    syzkaller: Syzkaller | None = None

    def archive(self, reproducer: Reproducer, cancel: Event | None) -> Path:
        """The archive for a reproducer; `InputError` when it does not compile."""
        source = initramfs.INIT_SOURCE.read_text()
        parts = [source, repr(reproducer), self.compiler, self.architecture.name, str(self.on_disk)]
        if reproducer.language == Language.SYZ:
            parts += tools_identity(self.syzkaller)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        archive = self.folder / f"{name}.archive"
        if not archive.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as new:
                self._pack(Path(new), reproducer, cancel)
                os.replace(Path(new) / "archive", archive)
            self._prune()
        return archive

    def _pack(self, folder: Path, reproducer: Reproducer, cancel: Event | None) -> None:
        init = folder / "init"
        match reproducer.language:
            case Language.C:
                payload = self._compiled(folder / "repro", reproducer, cancel)
            case Language.SCRIPT:
                payload = script(reproducer, folder / "repro", self.architecture, self.on_disk)
            case Language.SYZ:
                place = folder / "repro"
                payload = syzkaller(reproducer, place, self.architecture, self.syzkaller)
        self._compile_init(init, reproducer, payload.argv, cancel)
        if self.on_disk:
            _write_tar(folder / "archive", {"/bisectweb": init, **payload.files})
        else:
            initramfs.write(folder / "archive", {"/init": init, **payload.files})

    def _compiled(self, out: Path, reproducer: Reproducer, cancel: Event | None) -> Payload:
        compile_reproducer(
            reproducer,
            out,
            compiler=self.compiler,
            target=self.architecture,
            cancel=cancel,
            log=out.with_suffix(".log"),
            sandbox=self.sandbox,
        )
        return Payload({REPRO: out}, (REPRO,))

    def _compile_init(
        self, out: Path, reproducer: Reproducer, argv: Sequence[str], cancel: Event | None
    ) -> None:
        compiler = compiler_for(self.compiler, self.architecture)
        alone = reproducer.language == Language.SYZ  # execprog makes the copies, and repeats
        procs, repeat = (1, False) if alone else (reproducer.procs, reproducer.repeat)
        orders = (f"-DON_DISK={self.on_disk:d}", f"-DPROCS={procs}", f"-DREPEAT={repeat:d}")
        flags = (*initramfs.INIT_FLAGS, *orders)
        command = "-DCOMMAND=" + ", ".join(f'"{word}"' for word in argv)
        build: Command = [*compiler, *flags, command, "-o", out, initramfs.INIT_SOURCE]
        log = out.with_suffix(".log")
        if not run(build, deadline=60, output=log, cancel=cancel).succeeded:
            said = log.read_text(errors="replace").strip()
            raise InfraError(f"the guest's init does not compile: {said[-300:]}")

    def _prune(self) -> None:
        archives = sorted(self.folder.glob("*.archive"), key=lambda one: one.stat().st_mtime)
        for archive in archives[:-KEPT]:
            archive.unlink(missing_ok=True)


def _write_tar(out: Path, files: Mapping[str, Path]) -> None:
    """Write the archive with these files, by their absolute paths in the guest; all are root's and
    executable.
    """
    with tarfile.open(out, "w") as tar:
        for name, path in files.items():
            member = tarfile.TarInfo(name.lstrip("/"))
            member.size, member.mode = path.stat().st_size, 0o755
            with path.open("rb") as file:
                tar.addfile(member, file)
