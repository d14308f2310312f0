"""The script that shows a crash, run as a person would run it."""

from __future__ import annotations

import os
import subprocess

import pytest

from runner.building.rules import load
from runner.console import find_crash
from runner.run_script import run_script
from tests.demokernel.conftest import Bench
from tests.demokernel.generate import config

pytestmark = pytest.mark.kernel


def test_the_script_shows_what_the_lab_saw(bench: Bench) -> None:
    lab = bench.lab(config(percent=100, late_percent=0))
    head = bench.history.head
    seen = bench.boot(head, lab).crash
    script = bench.folder / "run.sh"
    script.write_text(run_script(lab.plan, head, name="bug-1", about=["a bug"], rules=load(None)))
    done = subprocess.run(
        ["bash", script, "here"],
        cwd=bench.folder,
        env={**os.environ, "ACCEL": "tcg"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = find_crash((bench.folder / "here" / "console.log").read_bytes(), powered_on=True)
    assert seen
    assert shown
    assert shown.title == seen.title
    # Those of other tests lie there as well.
    archives = [file.read_bytes() for file in (bench.folder / "site" / "guests").glob("*.archive")]
    assert (bench.folder / "here" / "guest.cpio").read_bytes() in archives
