"""`python -m runner symbols` reads a report from a file or a pipe and prints it with its places."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from runner.commands.symbols import main
from tests.runner.symbols.conftest import compiled, write_sources

REPORT = "WARNING: x\n main+0x1/0x2\nend\n"
PLACED = "WARNING: x\n main+0x1/0x2 fs/foo.c:8\nend\n"


@pytest.fixture
def vmlinux(tmp_path: Path) -> Path:
    write_sources(tmp_path)
    return compiled(tmp_path, tmp_path / "vmlinux", "-g")


def test_a_report_is_read_from_a_file_or_a_pipe(
    vmlinux: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = tmp_path / "report"
    report.write_text(REPORT)
    assert main([str(vmlinux), str(report), "--source", str(tmp_path)]) == 0
    assert capsys.readouterr().out == PLACED
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(REPORT.encode())))
    assert main([str(vmlinux), "--source", str(tmp_path)]) == 0
    assert capsys.readouterr().out == PLACED


def test_what_is_no_vmlinux_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report"
    report.write_text(REPORT)
    assert main([str(report), str(report)]) == 2
    assert "not a valid ELF file" in capsys.readouterr().err
    assert main([str(tmp_path / "gone"), str(report)]) == 2
    assert "No such file" in capsys.readouterr().err
