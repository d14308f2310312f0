"""The guest's root file system: a cpio archive with our init and the reproducer."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

INIT_SOURCE = Path(__file__).parent / "guest" / "init.c"
"""C source of the guest's PID 1. Compile it with `INIT_FLAGS`, then pack it as `/init`."""

INIT_FLAGS = ("-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-O1")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive. `mode` holds its type and permissions, as in `stat.st_mode`."""

    name: str
    """Without a leading slash."""
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)
    """Major and minor number of a device node."""


DEVICES = (
    Entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1)),
    Entry("dev/kmsg", stat.S_IFCHR | 0o600, device=(1, 11)),
    Entry("dev/null", stat.S_IFCHR | 0o666, device=(1, 3)),
)
"""What init and the kernel need before, or without, devtmpfs."""


def write(out: Path, files: Mapping[str, Path]) -> None:
    """Write the archive with these files, by their absolute path in the guest; all are executable.

    Equal contents give equal bytes.
    """
    contents = {name.lstrip("/"): path.read_bytes() for name, path in files.items()}
    out.write_bytes(archive(entries(contents)))


def entries(contents: Mapping[str, bytes]) -> Iterator[Entry]:
    """Directories first, as the kernel unpacks in order; then devices and files, sorted."""
    files = [Entry(name, stat.S_IFREG | 0o755, contents[name]) for name in sorted(contents)]
    leaves = [*DEVICES, *files]
    parents = {str(parent) for leaf in leaves for parent in PurePosixPath(leaf.name).parents}
    for name in sorted(parents - {"."}):
        yield Entry(name, stat.S_IFDIR | 0o755)
    yield from leaves


def archive(items: Iterable[Entry]) -> bytes:
    """The bytes of a cpio archive, format "newc": the kernel's initramfs-buffer-format.rst."""
    parts = [_member(number, entry) for number, entry in enumerate(items, start=1)]
    parts.append(_member(0, Entry("TRAILER!!!", 0)))
    return b"".join(parts)


def _member(inode: int, entry: Entry) -> bytes:
    name = entry.name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    numbers = (
        *(inode, entry.mode, 0, 0, links, 0, len(entry.data)),  # owner 0:0, time 0
        *(0, 0, *entry.device, len(name), 0),  # device of the file system, check sum: unused
    )
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return _padded(header + name) + _padded(entry.data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
