"""Where kernels are built: work trees and object folders, kept warm within a limit on the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from runner.git import Mirror, Worktree
from runner.locks import hold, hold_if_free

RESERVE = 2 << 30
"""Bytes of the disk that warm folders leave free: a small build of Linux takes less."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A work tree and its object folder: they are of use together only, as make compares times."""

    root: Path
    tree: str
    name: str

    @property
    def source(self) -> Path:
        return self.root / "worktrees" / self.tree / self.name

    @property
    def objects(self) -> Path:
        return self.root / "objects" / self.tree / self.name

    @property
    def _lock(self) -> Path:
        return self.source.with_name(f"{self.name}.lock")

    @property
    def _size(self) -> Path:
        """Holds the bytes that it took when it was last used; its own time says when."""
        return self.source.with_name(f"{self.name}.size")

    def worktree(self, mirror: Mirror) -> Worktree:
        return Worktree(mirror, self.source)

    @contextmanager
    def held(self, cancel: Event | None) -> Iterator[None]:
        """Use it, and nobody else meanwhile."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with hold(self._lock, cancel):
            try:
                yield
            finally:
                with suppress(OSError):  # what went wrong before is what matters
                    self._size.write_text(str(self._measured()))

    def used(self) -> float:
        """When; 0 when that is not known."""
        try:
            return self._size.stat().st_mtime
        except FileNotFoundError:
            return 0

    def size(self) -> int:
        try:
            return int(self._size.read_text())
        except (FileNotFoundError, ValueError):  # whoever used it was killed
            return self._measured()

    def _measured(self) -> int:
        return _bytes(self.source) + _bytes(self.objects)

    def remove_if_free(self) -> int:
        """Remove it unless somebody uses it; the bytes that are free now."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with hold_if_free(self._lock) as free:
            if not free:
                return 0
            size = self.size()
            shutil.rmtree(self.objects, ignore_errors=True)
            self.worktree(Mirror(self.root / "mirrors" / f"{self.tree}.git", "")).remove()
            self._size.unlink(missing_ok=True)
            return size


def make_room(root: Path, limit: int) -> None:
    """Remove workplaces, unused for longest first, until all together take no more than `limit`
    bytes (0: half of the disk) and the disk has some room. What is in use stays.
    """
    disk = shutil.disk_usage(root)
    places = sorted(_workplaces(root), key=Workplace.used)
    taken = sum(place.size() for place in places)
    surplus = max(taken - (limit or disk.total // 2), RESERVE - disk.free)
    for place in places:
        if surplus <= 0:
            return
        surplus -= place.remove_if_free()


def taken(root: Path) -> int:
    """Bytes that all workplaces take together."""
    return sum(place.size() for place in _workplaces(root))


def _workplaces(root: Path) -> set[Workplace]:
    homes = [*(root / "worktrees").glob("*/*"), *(root / "objects").glob("*/*")]
    return {Workplace(root, home.parent.name, home.name) for home in homes if home.is_dir()}


def _bytes(folder: Path) -> int:
    """What a folder takes on the disk, as far as it can be read: foreign code fills it."""
    total, folders = 0, [str(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total
