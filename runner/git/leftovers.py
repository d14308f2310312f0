"""What a killed git leaves in a repository, and would stumble over."""

from __future__ import annotations

from pathlib import Path


def remove_leftovers(mirror: Path) -> None:
    """What a killed fetch left in a mirror: locks that nobody holds, packs that nobody finishes.

    The caller has the mirror's lock. The locks of work trees belong to their slots.
    """
    for folder in (mirror, mirror / "objects", mirror / "objects" / "info"):
        remove_locks(folder)
    for lock in (mirror / "refs").rglob("*.lock"):
        lock.unlink(missing_ok=True)
    for pack in (mirror / "objects" / "pack").glob("tmp_*"):
        pack.unlink(missing_ok=True)


def remove_locks(folder: Path) -> None:
    for lock in folder.glob("*.lock"):
        lock.unlink(missing_ok=True)
