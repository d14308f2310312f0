"""The object folder of earlier builds: kept, which makes builds quick, when it can be trusted."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ObjectFolder:
    """The objects of earlier builds, which make trusts by their times alone.

    So they may be used again only when nothing was cut short: a half-written object that is newer
    than its source would become part of the kernel. A stamp, there only while make does not run,
    names the boot of the host: what was written before a reboot may not have reached the disk.
    """

    path: Path

    @property
    def stamp(self) -> Path:
        return self.path / ".bisectweb-whole"

    @property
    def scratch(self) -> Path:
        """For temporary files, which a killed compiler leaves behind."""
        return self.path / ".tmp"

    def prepare(self) -> None:
        """Empty the folder if it cannot be trusted."""
        try:
            if self.stamp.read_text() == _boot_id():
                return
        except (FileNotFoundError, UnicodeDecodeError):
            pass
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True)

    def begin(self) -> None:
        """Make is about to write."""
        self.scratch.mkdir(exist_ok=True)
        self.stamp.unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def end(self) -> None:
        """Make has ended by itself: all that it wrote is whole."""
        replace_file(self.stamp, _boot_id())


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()


def replace_file(path: Path, text: str) -> None:
    """Write a file of a folder that foreign code writes to: never through a link it left there."""
    path.unlink(missing_ok=True)
    path.write_text(text)
