"""Commands of a person, run in a work tree of their own repository."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner import process
from runner.errors import BuildFailed, Cancelled, InfraError
from runner.git import Mirror, Worktree
from runner.project import Commands, Project, Ran
from runner.values import Outcome
from tests.runner.git.repositories import commit, repository

OK = Ran(Outcome.OK, 0)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


def project(
    repo: Path,
    test: Sequence[str] = ("true",),
    prepare: Sequence[str] = (),
    *,
    deadline: float = 60,
    cancel: threading.Event | None = None,
) -> Project:
    worktree = Worktree(Mirror.around(repo).common(), repo.parent / "work" / "tree", own=True)
    logs = repo.parent / "logs"
    return Project(worktree, Commands(test, prepare, deadline), logs, cancel or threading.Event())


def head(repo: Path) -> str:
    return Mirror.around(repo).resolve("HEAD")


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0, Outcome.OK), *((status, Outcome.CRASH) for status in (1, 2, 99, 124, 126, 127))],
)
def test_an_exit_status_is_an_outcome_as_for_git(repo: Path, status: int, outcome: Outcome) -> None:
    one = project(repo, shell(f"exit {status}"))
    one.prepare(head(repo))
    assert one.run(head(repo)) == Ran(outcome, status)
    assert one.is_ready(head(repo))


def test_a_command_can_say_that_it_cannot_test(repo: Path) -> None:
    one = project(repo, shell("exit 125"))
    one.prepare(head(repo))
    with pytest.raises(BuildFailed, match="exit status 125"):
        one.run(head(repo))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 128", "ended with status 128"),
        ("exit 255", "ended with status 255"),
        ("kill -SEGV $$", "ended with status 139, a shell's word for SIGSEGV"),
        ("kill -KILL $$", "ended with status 137, a shell's word for SIGKILL"),
    ],
)
def test_a_status_above_127_stops_the_search(repo: Path, script: str, words: str) -> None:
    testing, preparing = project(repo, shell(script)), project(repo, prepare=shell(script))
    testing.prepare(head(repo))
    with pytest.raises(InfraError, match=words):
        testing.run(head(repo))
    with pytest.raises(InfraError, match=words):
        preparing.prepare(head(repo))


def test_a_revision_is_prepared_once_and_run_often(repo: Path, tmp_path: Path) -> None:
    one = project(repo, shell("cat built"), shell(f"echo x >> {tmp_path}/times; cp a built"))
    sha = head(repo)
    one.prepare(sha)
    assert [one.run(sha), one.run(sha)] == [OK, OK]
    assert (tmp_path / "times").read_text() == "x\n"
    assert not one.is_ready("0" * 40)


@pytest.mark.parametrize("status", [1, 2, 125, 127])
def test_a_revision_that_cannot_be_prepared_is_no_evidence(repo: Path, status: int) -> None:
    one = project(repo, prepare=shell(f"exit {status}"))
    with pytest.raises(BuildFailed, match=f"not ready, exit status {status}"):
        one.prepare(head(repo))
    assert not one.is_ready(head(repo))


def test_what_takes_too_long_says_nothing_and_leaves_nothing(repo: Path, tmp_path: Path) -> None:
    one = project(repo, shell("touch half-built; sleep 1000"), deadline=1)
    one.prepare(head(repo))
    assert one.run(head(repo)) == Ran(Outcome.LOST, None)
    assert not one.is_ready(head(repo))
    one.prepare(head(repo))
    assert not (one.worktree.path / "half-built").exists()

    slow = project(repo, prepare=shell("sleep 1000"), deadline=0.5)
    with pytest.raises(BuildFailed, match="not ready, stopped after"):
        slow.prepare(head(repo))


def test_a_flood_of_output_is_stopped_and_says_nothing(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT", 100_000)
    one = project(repo, ("yes",))
    one.prepare(head(repo))
    assert one.run(head(repo)).outcome == Outcome.LOST


def test_a_program_with_a_path_is_that_of_the_revision(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = head(repo)
    (repo / "tests").mkdir()
    (repo / "tests" / "run").write_text("#!/bin/sh\ngrep -q 2 a\n")
    (repo / "tests" / "run").chmod(0o755)
    with_it = commit(repo, "a test", a="2\n")
    (repo / "tests" / "run").write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.chdir(repo)
    one = project(repo, ("tests/run",))
    one.prepare(with_it)
    assert one.run(with_it) == OK
    one.prepare(without)
    with pytest.raises(BuildFailed, match="no program tests/run in it"):
        one.run(without)


def test_files_of_the_persons_folder_that_the_work_tree_lacks_are_named(
    repo: Path, tmp_path: Path
) -> None:
    (repo / "mine.py").touch()
    words = ("python3", "mine.py", "a", "none", "-a", f"{tmp_path}/repo/mine.py")
    one = project(repo, words)
    one.prepare(head(repo))
    assert one.strangers(repo) == ["mine.py"]


def test_a_command_has_the_persons_environment(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/somewhere/else")
    monkeypatch.setenv("MINE", "kept")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("LANG", raising=False)
    script = 'test "$MINE $LC_ALL" = "kept C.UTF-8" && test -z "$LANG" && git rev-parse HEAD'
    one = project(repo, shell(script))
    one.prepare(head(repo))
    assert one.run(head(repo)) == OK
    assert head(repo) in one.log(head(repo)).read_text()


def test_the_log_of_a_revision_tells_what_was_done_and_printed(repo: Path) -> None:
    one = project(repo, shell("echo tested; exit 3"), ("echo", "two words"))
    sha = head(repo)
    one.prepare(sha)
    one.run(sha)
    lines = one.log(sha).read_text().splitlines()
    assert lines[:2] == ["$ echo 'two words'", "two words"]
    assert lines[2].startswith("-> exit status 0, ")
    assert lines[3:5] == ["$ sh -c 'echo tested; exit 3'", "tested"]
    assert lines[5].startswith("-> exit status 3, ")


def test_a_full_disk_below_the_logs_is_our_fault(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    with pytest.raises(InfraError, match="cannot write"):
        project(repo, prepare=("true",)).prepare(head(repo))


def test_a_cancelled_command_is_killed(repo: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    os.mkfifo(tmp_path / "fifo")
    one = project(repo, shell(f"echo > {tmp_path}/fifo; sleep 1000"), cancel=cancel)
    one.prepare(head(repo))

    def cancel_when_it_runs() -> None:
        (tmp_path / "fifo").read_text()
        cancel.set()

    thread = threading.Thread(target=cancel_when_it_runs)
    thread.start()
    with pytest.raises(Cancelled):
        one.run(head(repo))
    thread.join()
    one.close()
    assert not one.worktree.path.exists()
