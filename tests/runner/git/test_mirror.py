"""Mirrors of real repositories, whatever happens to either."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import Cancelled, InfraError, InputError
from runner.git import Mirror, Worktree
from runner.git import mirror as module
from tests.runner.git.repositories import NOBODY, commit, content, git
from tests.runner.small_disk import on_small_disk


def test_a_mirror_follows_its_repository(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    git(repo, "tag", "v1")
    git(repo, "branch", "topic")
    new = commit(repo, "new", a="2\n")
    mirror.update("main")
    assert mirror.head("main") == new
    git(repo, "tag", "--delete", "v1")
    git(repo, "branch", "--delete", "topic")
    git(repo, "commit", "--quiet", "--amend", "--message", "rewritten")
    mirror.update("main")
    assert mirror.head("main") == git(repo, "rev-parse", "HEAD")
    assert mirror.tags(mirror.head("main")) == {}
    with pytest.raises(InputError, match="no branch 'topic'"):
        mirror.head("topic")
    assert mirror.resolve(new) == new  # bisections of the old branch go on


def test_a_branch_that_becomes_a_folder_of_branches_is_followed(repo: Path, mirror: Mirror) -> None:
    git(repo, "branch", "topic")
    mirror.update("topic")
    git(repo, "branch", "--delete", "topic")
    git(repo, "branch", "topic/one")
    mirror.update("topic/one")
    assert mirror.resolve("topic/one") == mirror.head("main")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_a_repository_of_somebody_else_is_fetched(repo: Path, mirror: Mirror) -> None:
    for path in (repo, *repo.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"


@pytest.mark.parametrize("branch", ["none", "", "-x", "main^{tree}", "a b", "--output=x"])
def test_an_unknown_branch_is_the_persons_to_correct(ready: Mirror, branch: str) -> None:
    with pytest.raises(InputError, match="has no branch"):
        ready.head(branch)


def test_an_update_without_the_asked_branch_is_refused(mirror: Mirror) -> None:
    with pytest.raises(InputError, match="has no branch 'none'"):
        mirror.update("none")


def test_a_folder_that_is_no_repository_is_the_persons_to_correct(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    mirror = Mirror(tmp_path / "m.git", str(folder))
    with pytest.raises(InputError, match=r"cannot fetch .*not appear to be a git repository"):
        mirror.update("main")
    assert not mirror.path.exists()


def test_a_repository_that_went_away_is_the_persons_to_correct(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    head = mirror.head("main")
    shutil.rmtree(repo)
    with pytest.raises(InputError, match="there is no folder"):
        mirror.update("main")
    assert mirror.head("main") == head


def test_an_unreachable_network_is_our_fault_and_shows_no_password(tmp_path: Path) -> None:
    # Nothing listens on port 1 of this machine.
    mirror = Mirror(tmp_path / "m.git", "http://user:secret@127.0.0.1:1/linux.git")
    with pytest.raises(InfraError, match=r"cannot fetch http://127\.0\.0\.1") as caught:
        mirror.update("main")
    assert "secret" not in str(caught.value)


SCRIPT = """
import sys
from pathlib import Path
from runner.git import Mirror
Mirror(Path(sys.argv[1]) / "m.git", sys.argv[2]).update("main")
"""


def test_a_full_disk_is_our_fault(repo: Path, tmp_path: Path) -> None:
    commit(repo, "big", big=os.urandom(1 << 20).hex())
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, SCRIPT, repo)
    assert error.startswith("runner.errors.InfraError: git fetch: the disk is full: "), error


def test_a_killed_first_fetch_is_started_again(repo: Path, mirror: Mirror) -> None:
    unfinished = mirror.path.with_name(f"{mirror.path.name}.unfinished")
    shutil.copytree(repo / ".git", unfinished)
    shutil.rmtree(unfinished / "objects")
    (unfinished / "refs" / "heads" / "main.lock").touch()
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"
    assert not unfinished.exists()


def test_what_a_killed_fetch_left_does_not_block_the_next(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    new = commit(repo, "new")
    left = ["packed-refs.lock", "refs/heads/main.lock", "config.lock", "objects/pack/tmp_pack_x"]
    for name in left:
        (mirror.path / name).touch()
    mirror.update("main")
    assert mirror.head("main") == new
    assert not [name for name in left if (mirror.path / name).exists()]


def test_two_workers_may_update_at_once(repo: Path, mirror: Mirror) -> None:
    failures: list[Exception] = []

    def update() -> None:
        try:
            mirror.update("main")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=update) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert mirror.commit(mirror.head("main")).subject == "base"


def test_a_cancelled_mirror_does_nothing(repo: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    mirror = Mirror(tmp_path / "m.git", str(repo), cancel)
    with pytest.raises(Cancelled):
        mirror.update("main")
    assert not mirror.path.exists()


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections of git and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


def silent_mirror(server: socket.socket, folder: Path, cancel: threading.Event) -> Mirror:
    return Mirror(folder / "m.git", f"git://127.0.0.1:{server.getsockname()[1]}/linux", cancel)


def test_a_fetch_that_hangs_can_be_cancelled(silent_server: socket.socket, tmp_path: Path) -> None:
    cancel = threading.Event()

    def cancel_when_connected() -> None:
        connection, _ = silent_server.accept()
        cancel.set()
        with connection, contextlib.suppress(ConnectionError):
            while connection.recv(1000):  # ends when the client is gone
                pass

    thread = threading.Thread(target=cancel_when_connected)
    thread.start()
    mirror = silent_mirror(silent_server, tmp_path, cancel)
    with pytest.raises(Cancelled):
        mirror.update("main")
    thread.join()
    assert not mirror.path.exists()


def test_a_fetch_that_hangs_ends_at_its_deadline(
    silent_server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FETCH_SECONDS", 1.0)
    mirror = silent_mirror(silent_server, tmp_path, threading.Event())
    with pytest.raises(InfraError, match="git fetch took longer than 1 s"):
        mirror.update("main")


def test_our_environment_does_not_lead_git_elsewhere(
    repo: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false'")
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"


def test_a_mirror_and_its_work_tree_may_have_relative_paths(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mirror = Mirror(Path("var/m.git"), str(repo))
    mirror.update("main")
    mirror.update("main")
    worktree = Worktree(mirror, Path("var/trees/0"))
    worktree.checkout(mirror.head("main"))
    worktree.checkout(mirror.head("main"))
    assert content(tmp_path / "var" / "trees" / "0") == {"a": "1\n", "b": "1\n"}
