"""What runs inside a VM: our init and the reproducer, packed as an initramfs, or for its disk."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from runner import initramfs
from runner.architecture import Architecture
from runner.build import compile_reproducer
from runner.compilers import compiler_for
from runner.errors import InfraError
from runner.process import Command, run
from runner.sandbox import Sandbox
from runner.values import Reproducer

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

    def archive(self, reproducer: Reproducer, cancel: Event | None) -> Path:
        """The archive for a reproducer; `InputError` when it does not compile."""
        source = initramfs.INIT_SOURCE.read_text()
        parts = [source, repr(reproducer), self.compiler, self.architecture.name, str(self.on_disk)]
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
        repro, init = folder / "repro", folder / "init"
        compile_reproducer(
            reproducer,
            repro,
            compiler=self.compiler,
            target=self.architecture,
            cancel=cancel,
            log=folder / "repro.log",
            sandbox=self.sandbox,
        )
        self._compile_init(init, reproducer, folder / "init.log", cancel)
        if self.on_disk:
            _write_tar(folder / "archive", {"bisectweb": init, "repro": repro})
        else:
            initramfs.write(folder / "archive", {"/init": init, "/repro": repro})

    def _compile_init(
        self, out: Path, reproducer: Reproducer, log: Path, cancel: Event | None
    ) -> None:
        compiler = compiler_for(self.compiler, self.architecture)
        place = f"-DON_DISK={self.on_disk:d}"
        orders = (place, f"-DPROCS={reproducer.procs}", f"-DREPEAT={reproducer.repeat:d}")
        flags = (*initramfs.INIT_FLAGS, *orders)
        argv: Command = [*compiler, *flags, "-o", out, initramfs.INIT_SOURCE]
        if not run(argv, deadline=60, output=log, cancel=cancel).succeeded:
            said = log.read_text(errors="replace").strip()
            raise InfraError(f"the guest's init does not compile: {said[-300:]}")

    def _prune(self) -> None:
        archives = sorted(self.folder.glob("*.archive"), key=lambda one: one.stat().st_mtime)
        for archive in archives[:-KEPT]:
            archive.unlink(missing_ok=True)


def _write_tar(out: Path, files: Mapping[str, Path]) -> None:
    """Write the archive with these files, by their names below the guest's root; all are root's
    and executable.
    """
    with tarfile.open(out, "w") as tar:
        for name, path in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = path.stat().st_size, 0o755
            with path.open("rb") as file:
                tar.addfile(member, file)
