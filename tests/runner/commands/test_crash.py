"""`python -m runner crash` reads console logs, from files and from a pipe."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from runner.commands.crash import main

ROOT = Path(__file__).parents[3]
LOG = (
    "[    0.0] booting\n"
    "[    1.0] WARNING: CPU: 0 PID: 1 at fs/foo/super.c:12 foo_fill+0x1/0x2\n"
    "[    1.0] RIP: 0010:foo_fill+0x1/0x2 fs/foo/super.c:12\n"
    "[    1.0] Call Trace:\n"
    "[    1.0]  foo_mount+0x1/0x2 fs/foo/super.c:40\n"
    "[    1.0]  path_mount+0x1/0x2 fs/namespace.c:9\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "console"
    path.write_text(LOG)
    return path


def test_a_line_for_people_says_title_type_and_place(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(log)]) == 0
    assert capsys.readouterr().out == f"{log}: WARNING in foo_fill (WARNING, byte 18)\n"


def test_json_has_every_field(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", str(log)]) == 0
    crash = json.loads(capsys.readouterr().out)
    report = crash.pop("report")
    assert crash == {
        "file": str(log),
        "title": "WARNING in foo_fill",
        "alt_titles": [],
        "type": "WARNING",
        "frame": "foo_fill",
        "corrupted": False,
        "suppressed": False,
        "panicked": False,
        "guilty_file": "fs/foo/super.c",
        "start": 18,
        "end": len(LOG) - 1,
    }
    assert report.startswith("WARNING: CPU: 0 PID: 1 at fs/foo/super.c:12")


def test_a_log_without_a_crash_has_no_title(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = tmp_path / "quiet"
    quiet.write_text("[    0.0] booting\n")
    assert main(["--json", str(quiet)]) == 0
    assert json.loads(capsys.readouterr().out)["title"] is None
    assert main([str(quiet)]) == 0
    assert capsys.readouterr().out == f"{quiet}: no crash\n"


def test_a_file_that_is_missing_is_said_and_the_others_are_read(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nothing"), str(log)]) == 2
    said = capsys.readouterr()
    assert said.err == f"{tmp_path / 'nothing'}: No such file or directory\n"
    assert "WARNING in foo_fill" in said.out


def test_a_hundred_megabytes_from_a_pipe_take_little_memory() -> None:
    limited = [
        sys.executable,
        "-c",
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (160 << 20, 160 << 20))\n"
        "from runner.commands.crash import main\n"
        "sys.exit(main(['--json', '-']))",
    ]
    quiet = io.BytesIO()
    while quiet.tell() < 100 << 20:
        quiet.write(b"[    0.0] audit: type=1400 nothing to see here\n" * 10_000)
    done = subprocess.run(
        limited, cwd=ROOT, input=quiet.getvalue() + LOG.encode(), capture_output=True
    )
    assert done.stderr == b""
    crash = json.loads(done.stdout)
    assert (crash["file"], crash["title"]) == ("-", "WARNING in foo_fill")
    assert crash["start"] == quiet.tell() + 18
