"""Reads what kbuild notes beside the objects it makes. Foreign code may have written anything."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.building.sources import Sources, kconfig_files, sources_of, words_below

KCONFIG_NOTES = "include/config/auto.conf.cmd"
MOST_BYTES = 4 << 20
"""Of one note; a real one has 100 KiB at most."""
MOST_NOTES = 200_000
"""A kernel with every driver has some 30,000."""


def read_notes(objects: Path, source: Path) -> Sources | None:
    """What the objects of a folder were built from; None where nothing tells.

    Objects of earlier builds that lie there still count as well: rather too much than too little.
    """
    roots = {str(source.absolute()), str(source.resolve())}
    notes = list(_notes(objects))
    if len(notes) >= MOST_NOTES:
        return None
    words = set[str]()
    for note in notes:
        text = _read(objects / note)
        if text is None:
            return None
        for root in roots:
            words |= words_below(text, root)
    read = set(_real_names(source, words))
    if not read:
        return None
    kconfig = kconfig_files(_read(objects / KCONFIG_NOTES) or "")
    return sources_of(
        read, _real_names(source, _relative(kconfig, roots)), map(posixpath.dirname, notes)
    )


def _notes(objects: Path) -> Iterator[str]:
    """All `.<object>.cmd` files of a folder, relative to it, at most so many."""
    count = 0
    for folder, _, names in os.walk(objects):
        inside = os.path.relpath(folder, objects)
        for name in names:
            if name.startswith(".") and name.endswith(".cmd") and count < MOST_NOTES:
                count += 1
                yield name if inside == "." else f"{inside}/{name}"


def _read(path: Path) -> str | None:
    """The text of an ordinary file of a sane size; None for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST_BYTES:
            return None
        return file.read(MOST_BYTES).decode(errors="replace")


def _relative(names: Iterable[str], roots: Iterable[str]) -> Iterator[str]:
    """Old kernels list absolute names."""
    for name in names:
        root = next((root for root in roots if name.startswith(f"{root}/")), "")
        yield name[len(root) + 1 :] if root else name


def _real_names(source: Path, names: Iterable[str]) -> Iterator[str]:
    """The names as git has them. Where links are on the way, the files behind them count, too."""
    root = os.path.realpath(source)
    for name in names:
        yield posixpath.normpath(name)
        real = os.path.realpath(os.path.join(root, name))
        if real.startswith(f"{root}/"):
            yield real[len(root) + 1 :]
