"""Frames get their places from debug info, by a program that is kept open."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from runner.errors import Cancelled, InfraError, InputError
from runner.process import capture
from runner.sandbox import Confinement, Sandbox
from runner.symbols.crashes import placing
from runner.symbols.keep import NO_DEBUG_INFO, Symbols, keep
from runner.symbols.symbolizer import symbolizer
from runner.symbols.table import SymbolTable
from runner.values import Crash
from tests.runner.symbols.conftest import compiled

SANDBOX = Sandbox(Confinement.AUTO, ())


def symbolized(vmlinux: Path, source: Path, report: str) -> str:
    with symbolizer(vmlinux, [source], sandbox=SANDBOX) as symbols:
        return symbols.symbolized(report)


def test_a_frame_gets_its_place_and_what_was_inlined_there(vmlinux: Path, source: Path) -> None:
    report = symbolized(vmlinux, source, "RIP: 0010:foo_open+0x0/0x9\n main+0x1/0x2\n gone+0x1/0x2")
    assert report.splitlines() == [
        "RIP: 0010:foo_inlined fs/foo.h:3 [inline]",
        "RIP: 0010:foo_open+0x0/0x9 fs/foo.c:4",
        " main+0x1/0x2 fs/foo.c:8",
        " gone+0x1/0x2",
    ]


def test_the_process_stays_open_for_one_report_after_the_other(vmlinux: Path, source: Path) -> None:
    with symbolizer(vmlinux, [source], sandbox=SANDBOX) as symbols:
        for _ in range(3):
            for name, place in (("one", "one.c:2"), ("two", "two.c:6")):
                assert symbols.symbolized(f" {name}+0x1/0x2") == f" {name}+0x1/0x2 fs/{place}"


def test_functions_of_one_name_are_told_apart_by_their_size(vmlinux: Path, source: Path) -> None:
    table = SymbolTable.read(vmlinux)
    text = capture(["nm", vmlinux], deadline=30).stdout.decode()
    addresses = sorted(int(line.split()[0], 16) for line in text.splitlines() if " t twin" in line)
    every = sorted(
        {int(line.split()[0], 16) for line in text.splitlines() if " t " in line.lower()}
    )
    sizes = [every[every.index(address) + 1] - address for address in addresses]
    assert len(set(sizes)) == 2
    assert [table.find("twin", size) for size in sizes] == addresses
    assert table.find("twin", 0x1234) is None
    report = symbolized(vmlinux, source, f" twin+0x1/{sizes[0]:#x}\n twin+0x1/{sizes[1]:#x}")
    assert sorted(re.findall(r"fs/\w+\.c", report)) == ["fs/one.c", "fs/two.c"]


def test_the_names_of_rust_are_readable(vmlinux: Path, source: Path) -> None:
    report = " _RNvNtCs1234_7mycrate3foo3bar+0x1/0x2\n _ZN6kernel5print17h0123456789abcdefE+0x1/0x2"
    assert symbolized(vmlinux, source, report).splitlines() == [
        " mycrate::foo::bar+0x1/0x2 rust/new.c:1",
        " kernel::print+0x1/0x2 rust/new.c:2",
    ]


def test_what_is_kept_says_the_same(vmlinux: Path, source: Path, tmp_path: Path) -> None:
    kept = keep(vmlinux, tmp_path / "symbols", [source], sandbox=SANDBOX)
    assert kept == Symbols(tmp_path / "symbols", (source,))
    report = " foo_open+0x1/0x9\n main+0x1/0x2\n one+0x1/0x2"
    assert kept.file
    assert symbolized(kept.file, source, report) == symbolized(vmlinux, source, report)
    assert "fs/one.c:2" in symbolized(kept.file, source, report)


def test_without_debug_info_nothing_is_kept(source: Path, tmp_path: Path) -> None:
    plain = compiled(source, tmp_path / "vmlinux")
    kept = keep(plain, tmp_path / "symbols", [source], sandbox=SANDBOX)
    assert kept == Symbols(None, reason=NO_DEBUG_INFO)
    assert not (tmp_path / "symbols").exists()


def test_what_cannot_be_kept_is_told_and_is_no_error(vmlinux: Path, tmp_path: Path) -> None:
    broken = tmp_path / "vmlinux"
    broken.write_bytes(b"no ELF file")
    assert "not a valid ELF file" in keep(broken, tmp_path / "a", [], sandbox=SANDBOX).reason
    missing = keep(vmlinux, tmp_path / "b", [], tools="vax-", sandbox=SANDBOX)
    assert "vax-objcopy is not installed" in missing.reason
    assert missing.file is None


def test_a_cut_file_is_said_to_be_no_vmlinux(vmlinux: Path, tmp_path: Path) -> None:
    data = vmlinux.read_bytes()
    cut = tmp_path / "vmlinux"
    for size in (0, 10, 64, len(data) // 2, len(data) - 500):
        cut.write_bytes(data[:size])
        with pytest.raises(InputError):
            SymbolTable.read(cut)


CRASH = Crash("WARNING in main", " main+0x1/0x2")


def test_a_crash_gets_its_places(vmlinux: Path, source: Path) -> None:
    with placing(Symbols(vmlinux, [source]), sandbox=SANDBOX) as placed:
        assert placed(CRASH) == Crash(CRASH.title, " main+0x1/0x2 fs/foo.c:8")


def test_a_crash_without_frames_needs_no_places() -> None:
    crash = Crash("reproducer exited with a bad status", "reproducer exited with status 1")
    with placing(Symbols(None, reason=NO_DEBUG_INFO), sandbox=SANDBOX) as placed:
        assert placed(crash) == crash
        assert placed(CRASH).note == NO_DEBUG_INFO
        assert placed(CRASH).report == CRASH.report


def test_a_crash_of_a_kernel_whose_symbols_are_gone_stays_and_says_so(tmp_path: Path) -> None:
    with placing(Symbols(tmp_path / "gone"), sandbox=SANDBOX) as placed:
        assert "No such file" in placed(CRASH).note


def test_a_machine_without_the_tools_is_told(vmlinux: Path) -> None:
    with placing(Symbols(vmlinux), tools="vax-", sandbox=SANDBOX) as placed:
        assert placed(CRASH).note == "vax-addr2line is not installed"


def test_a_cancelled_one_is_cancelled(vmlinux: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    symbols = placing(Symbols(vmlinux), sandbox=SANDBOX, cancel=cancel)
    with symbols as placed, pytest.raises(Cancelled):
        placed(CRASH)


def test_a_program_that_ends_is_told_each_time(
    vmlinux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ending-addr2line"
    program.write_text("#!/bin/sh\necho out of memory >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    off = Sandbox(Confinement.OFF, ())
    with symbolizer(vmlinux, [], tools="ending-", sandbox=off) as symbols:
        for _ in range(2):
            with pytest.raises(InfraError, match="addr2line failed: it has ended: out of memory"):
                symbols.symbolized(" main+0x1/0x2")
