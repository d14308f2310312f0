"""The guest's root file system is a cpio archive that kernels read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import process
from runner.machines import initramfs
from runner.machines.initramfs import INIT_FLAGS, INIT_SOURCE, Entry, archive, entries

FILE = stat.S_IFREG | 0o755


def read(data: bytes) -> Iterator[Entry]:
    """Parse a newc archive as the kernel's init/initramfs.c does."""
    position = 0
    while True:
        header = data[position : position + 110]
        assert header[:6] == b"070701"
        fields = [int(header[start : start + 8], 16) for start in range(6, 110, 8)]
        mode, size, major, minor, name_size = (fields[i] for i in (1, 6, 9, 10, 11))
        name = data[position + 110 : position + 110 + name_size]
        assert name.endswith(b"\0")
        body = -(-(position + 110 + name_size) // 4) * 4
        if name == b"TRAILER!!!\0":
            return
        yield Entry(name[:-1].decode(), mode, data[body : body + size], (major, minor))
        position = -(-(body + size) // 4) * 4


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(max_size=99)))
def test_a_reader_gets_back_what_was_written(contents: dict[str, bytes]) -> None:
    items = [Entry(name, FILE, data) for name, data in contents.items()]
    assert list(read(archive(items))) == items


def test_the_archive_has_devices_and_the_folders_come_before_what_is_in_them() -> None:
    found = list(read(archive(entries({"init": b"i", "lib/modules/kvm.ko": b"k"}))))
    names = [entry.name for entry in found]
    assert names.index("dev") < names.index("dev/console")
    assert names.index("lib") < names.index("lib/modules") < names.index("lib/modules/kvm.ko")
    console = found[names.index("dev/console")]
    assert (stat.S_ISCHR(console.mode), console.device) == (True, (5, 1))


def test_equal_files_give_equal_archives_whatever_their_times_and_order(tmp_path: Path) -> None:
    archives = []
    for folder, names in (("a", ["init", "repro"]), ("b", ["repro", "init"])):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_text(name)
        out = tmp_path / f"{folder}.cpio"
        initramfs.write(out, {f"/{name}": tmp_path / folder / name for name in names})
        archives.append(out.read_bytes())
    assert archives[0] == archives[1]
    assert [entry.name for entry in read(archives[0])][-2:] == ["init", "repro"]


@pytest.mark.parametrize("optimize", [[], ["-O2"]])
@pytest.mark.parametrize("procs", ["-DPROCS=1", "-DPROCS=8"])
@pytest.mark.parametrize("repeat", ["-DREPEAT=0", "-DREPEAT=1"])
@pytest.mark.parametrize("place", ["-DON_DISK=0", "-DON_DISK=1"])
def test_init_compiles_without_a_warning_and_needs_no_library(
    tmp_path: Path, optimize: list[str], procs: str, repeat: str, place: str
) -> None:
    orders = [procs, repeat, place, '-DCOMMAND="/bin/sh", "/repro"']
    flags = [*INIT_FLAGS, *orders, *optimize, "-Wall", "-Wextra", "-Werror"]
    out = tmp_path / "init"
    ended = process.capture(["gcc", *flags, "-o", out, INIT_SOURCE], deadline=60)
    assert ended.succeeded, ended.stderr.decode()
    symbols = process.capture(["nm", "--undefined-only", out], deadline=60)
    assert (symbols.succeeded, symbols.stdout) == (True, b"")
