"""The whole chain on the demo kernel: builds, QEMU, a flaky crash, culprit, pages and mail."""

from __future__ import annotations

import email
import subprocess
import sys
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from runner.log import parse, render
from runner.log.entries import Unknown
from tests import demos, processes

pytestmark = pytest.mark.kernel

DUPLICATES = (
    "select count(*) from"
    ' (select 1 from bisectweb_run group by revision_id, "index" having count(*) > 1)'
)
COUNTS = (
    'select sha, runs_wanted, count(run.id), max(run."index") from bisectweb_revision revision'
    " left join bisectweb_run run on run.revision_id = revision.id"
    " where built group by revision.id"
)


def generate(folder: Path, seed: int) -> Path:
    argv = [sys.executable, "-m", "tests.demokernel", str(folder), "--seed", str(seed)]
    subprocess.run(argv, cwd=demos.ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder / "demo.json"


def check(answer: dict[str, Any], data: Path) -> None:
    """The right culprit, complete evidence, one mail, and nothing left running."""
    assert answer["culprit"] == answer["expected"]
    assert answer["confidence"] > 0.99
    assert answer["verified"]
    assert demos.rows(data, DUPLICATES) == [(0,)]
    for sha, wanted, ran, last in demos.rows(data, COUNTS):
        assert ran == wanted, sha
        assert last is None or last == wanted - 1, sha
    mail = email.message_from_bytes(Path(answer["mail"]).read_bytes(), policy=default)
    assert f"commit {answer['culprit']}" in mail.get_content()
    assert "WARNING: CPU:" in mail.get_content()
    assert mail["To"]
    assert len(list(Path(answer["mail"]).parent.glob("*.eml"))) == 1
    check_log(demos.log(data), answer["culprit"])
    assert not processes.mentioning(str(data))


def check_log(text: str, culprit: str) -> None:
    """All that it says reads back, and names the culprit."""
    log = parse(text)
    assert render(log) == text
    assert not any(isinstance(entry, Unknown) for entry in log.entries)
    assert log.culprit
    assert log.culprit.sha == culprit
    assert log.culprit.shown


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_demo_finds_the_planted_commit(seed: int, tmp_path: Path) -> None:
    data = tmp_path / "data"
    check(demos.run(generate(tmp_path / "tree", seed), data), data)


def test_the_demo_finds_it_with_its_worker_killed_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    killed = []

    def kill_the_worker(lines: int) -> None:
        if lines in (1, 3):
            workers = processes.mentioning("qcluster", f"BISECTWEB_DATA={data}")
            busy = [pid for pid in workers if _guards(pid)]
            victim = (busy or workers)[-1]
            processes.kill(victim)
            killed.append(victim)

    check(demos.run(generate(tmp_path / "tree", 4), data, kill_the_worker), data)
    assert len(killed) == 2


def _guards(pid: int) -> bool:
    return any(child in processes.mentioning("guard.py") for child in processes.children(pid))
