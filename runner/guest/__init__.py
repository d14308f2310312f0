"""What runs inside a VM: our init and the reproducer, packed as an initramfs."""

from __future__ import annotations

import hashlib
import os
import tempfile
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
    """A folder of initramfs images, one for each reproducer."""

    folder: Path
    compiler: str
    architecture: Architecture
    sandbox: Sandbox

    def image(self, reproducer: Reproducer, cancel: Event | None) -> Path:
        """The initramfs for a reproducer; `InputError` when it does not compile."""
        source = initramfs.INIT_SOURCE.read_text()
        parts = [source, repr(reproducer), self.compiler, self.architecture.name]
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        image = self.folder / f"{name}.cpio"
        if not image.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as new:
                self._pack(Path(new), reproducer, cancel)
                os.replace(Path(new) / "image", image)
            self._prune()
        return image

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
        initramfs.write(folder / "image", {"/init": init, "/repro": repro})

    def _compile_init(
        self, out: Path, reproducer: Reproducer, log: Path, cancel: Event | None
    ) -> None:
        compiler = compiler_for(self.compiler, self.architecture)
        orders = (f"-DPROCS={reproducer.procs}", f"-DREPEAT={reproducer.repeat:d}")
        flags = (*initramfs.INIT_FLAGS, *orders)
        argv: Command = [*compiler, *flags, "-o", out, initramfs.INIT_SOURCE]
        if not run(argv, deadline=60, output=log, cancel=cancel).succeeded:
            said = log.read_text(errors="replace").strip()
            raise InfraError(f"the guest's init does not compile: {said[-300:]}")

    def _prune(self) -> None:
        images = sorted(self.folder.glob("*.cpio"), key=lambda image: image.stat().st_mtime)
        for image in images[:-KEPT]:
            image.unlink(missing_ok=True)
