"""The files of Linux, read from an archive such as Debian's package has, or from a folder."""

from __future__ import annotations

import lzma
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.errors import InputError

ARCHIVE = Path("/usr/src/linux-source-6.12.tar.xz")


@dataclass(frozen=True, slots=True)
class File:
    """A file as git stores it."""

    path: str
    mode: str
    """`100644`, `100755` or `120000` (a link, whose data is its target)."""
    data: bytes


def files(source: Path) -> Iterator[File]:
    """Every file and link of a folder, or of a .tar.xz of one folder. Raises `InputError`."""
    if source.is_dir():
        return _folder(source)
    if source.is_file():
        return _archive(source)
    if source.parent == ARCHIVE.parent:
        package = source.name.removesuffix(".tar.xz")
        raise InputError(
            f"{source} is not there; run: apt-get install -y --no-install-recommends {package}"
        )
    raise InputError(f"{source} is not there")


def _archive(source: Path) -> Iterator[File]:
    try:
        with lzma.open(source) as plain:
            with tarfile.open(fileobj=plain, mode="r|") as archive:
                for member in archive:
                    if not member.isdir():
                        yield _member(archive, member)
            while plain.read(1 << 20):  # a cut file shows at its very end only
                pass
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{source} is not a whole .tar.xz archive: {error}") from error


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> File:
    path = member.name.partition("/")[2]  # without the folder that holds the whole tree
    if member.issym():
        return File(path, "120000", os.fsencode(member.linkname))
    content = archive.extractfile(member)
    if content is None:
        raise InputError(f"{member.name} in the archive is neither a file nor a link")
    return File(path, _mode(member.mode), content.read())


def _folder(source: Path) -> Iterator[File]:
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*links, *names):
            path = Path(folder) / name
            inside = path.relative_to(source).as_posix()
            if path.is_symlink():
                yield File(inside, "120000", os.fsencode(path.readlink()))
            else:
                yield File(inside, _mode(path.stat().st_mode), path.read_bytes())


def _mode(bits: int) -> str:
    return "100755" if bits & 0o100 else "100644"
