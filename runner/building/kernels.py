"""The kernel cache: built images, each in a folder named by what went into it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from runner.building.sources import Sources
from runner.symbols.keep import Symbols
from runner.values import Kernel, Plan, Sha

KEPT = 200
"""Kernels kept; beyond that the ones unused for longest go. A Linux image takes some 10 MB."""

SYMBOLS_BYTES = 4 << 30
"""What the symbols of all kernels may take; beyond that those unused for longest go."""
SCRATCH = ".new-"
SCRATCH_SECONDS = 24 * 3600
"""Longer than anybody needs one of these folders."""
NO_SYMBOLS = Symbols(None, reason="the kernel's debug info is not in the cache")


def kernel_key(tree: Sha, plan: Plan, compiler: str) -> str:
    """Names a kernel: equal source, config, compiler and machine give the same one."""
    variables = [f"{name}={value}" for name, value in sorted(plan.make_variables.items())]
    parts = [tree, plan.config, compiler, plan.machine.arch, *variables]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """A kernel that is in the cache."""

    size: int
    """Bytes on the disk, symbols included."""
    used: datetime
    """When it was last asked for."""


@dataclass(frozen=True, slots=True)
class KernelCache:
    """A folder of kernels that several workers share."""

    folder: Path

    @classmethod
    def below(cls, root: Path) -> Self:
        """That of the lab with this folder."""
        return cls(root / "kernels")

    def find(self, key: str) -> Kernel | None:
        """The kernel, marked as used now; None when it was never built or has been dropped."""
        home = self.folder / key
        try:
            facts = json.loads((home / "kernel.json").read_text())
            os.utime(home)
        except FileNotFoundError:
            return None
        return Kernel(
            key=key,
            image=home / "image",
            signature=facts["signature"],
            compiler=facts["compiler"],
            seconds=facts["seconds"],
            cached=True,
            config=facts.get("config", ""),  # older caches did not keep it
        )

    def sources(self, key: str) -> Sources | None:
        """What a kernel was built from; None when it is not there, or its build did not tell."""
        try:
            return Sources.load((self.folder / key / "sources.json").read_text())
        except FileNotFoundError:
            return None

    def listing(self) -> Mapping[str, Kept]:
        """Every kernel that is kept, by its key."""
        found = {}
        for home in self._homes():
            with suppress(FileNotFoundError):  # dropped just now
                size = sum(file.stat().st_size for file in home.iterdir())
                used = datetime.fromtimestamp(home.stat().st_mtime, tz=UTC)
                found[home.name] = Kept(size, used)
        return found

    def config(self, key: str) -> str:
        """What a kernel was built with; empty when it is not kept. Asking is no use of it."""
        try:
            facts = json.loads((self.folder / key / "kernel.json").read_text())
        except FileNotFoundError:
            return ""
        return str(facts.get("config", ""))  # older caches did not keep it

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder on the cache's disk, which no foreign code has written to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=SCRATCH) as name:
            yield Path(name)

    def symbols(self, key: str) -> Symbols:
        """What there is to symbolise its reports by; without a file, the reason is there."""
        home = self.folder / key
        try:
            facts = json.loads((home / "kernel.json").read_text())
        except FileNotFoundError:
            return NO_SYMBOLS
        if reason := facts.get("no_symbols", ""):
            return Symbols(None, reason=reason)
        file = home / "symbols"
        if not file.is_file():
            return NO_SYMBOLS
        return Symbols(file, tuple(Path(root) for root in facts["roots"]))

    def add(
        self,
        key: str,
        image: Path,
        signature: str,
        compiler: str,
        seconds: float,
        config: str,
        sources: Sources | None = None,
        symbols: Symbols = NO_SYMBOLS,
    ) -> Kernel:
        """Keep a copy of a fresh image, and its symbols, whose file is moved here.

        It appears under its name only when it is complete.
        """
        home = self.folder / key
        with self.scratch() as folder:
            new = folder / "kernel"
            new.mkdir()
            shutil.copyfile(image, new / "image")
            facts = {
                "signature": signature,
                "compiler": compiler,
                "seconds": seconds,
                "config": config,
                "no_symbols": symbols.reason,
                "roots": [str(root) for root in symbols.roots],
            }
            (new / "kernel.json").write_text(json.dumps(facts))
            if symbols.file is not None:
                shutil.move(symbols.file, new / "symbols")
            if sources is not None:
                (new / "sources.json").write_text(sources.dump())
            _sync(new)
            if not home.exists():
                new.rename(home)
        self._prune()
        return Kernel(
            key, home / "image", signature, compiler, seconds, cached=False, config=config
        )

    def _prune(self) -> None:
        for left in self.folder.glob(f"{SCRATCH}*"):  # by workers that were killed
            with suppress(FileNotFoundError):  # of one that is done just now
                if left.stat().st_mtime < time.time() - SCRATCH_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)
        kernels = self._homes()
        kernels.sort(key=lambda home: home.stat().st_mtime, reverse=True)
        for home in kernels[KEPT:]:
            shutil.rmtree(home, ignore_errors=True)
        room = SYMBOLS_BYTES
        for home in kernels[:KEPT]:
            file = home / "symbols"
            room -= file.stat().st_size if file.is_file() else 0
            if room < 0:
                file.unlink(missing_ok=True)

    def _homes(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [home for home in self.folder.iterdir() if not home.name.startswith(".")]


def _sync(folder: Path) -> None:
    """A power failure must not leave an empty image under a valid name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
