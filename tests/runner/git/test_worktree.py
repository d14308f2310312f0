"""Work trees of a mirror, after whatever was done to them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.git import Mirror, Worktree
from tests.runner.git.repositories import UNKNOWN, commit, content, git


def test_a_work_tree_moves_between_commits(repo: Path, mirror: Mirror, worktree: Worktree) -> None:
    one = commit(repo, "one", a="2\n", c="1\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}
    worktree.checkout(one)
    assert content(worktree.path) == {"a": "2\n", "b": "1\n", "c": "1\n"}
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


def test_unchanged_files_keep_their_times(repo: Path, mirror: Mirror, worktree: Worktree) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    before = {name: (worktree.path / name).stat() for name in "ab"}
    worktree.checkout(one)
    after = {name: (worktree.path / name).stat() for name in "ab"}
    assert after["b"].st_mtime_ns == before["b"].st_mtime_ns
    assert after["b"].st_ino == before["b"].st_ino
    assert after["a"].st_mtime_ns > before["a"].st_mtime_ns


def test_what_a_build_left_in_a_work_tree_is_removed(mirror: Mirror, worktree: Worktree) -> None:
    mirror.update("main")
    head = mirror.head("main")
    worktree.checkout(head)
    (worktree.path / "a").write_text("changed\n")
    (worktree.path / "b").unlink()
    (worktree.path / "b").mkdir()
    (worktree.path / ".gitignore").write_text("*\n")
    nested = worktree.path / "nested"
    nested.mkdir()
    git(nested, "init", "--quiet")
    worktree.checkout(head)
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "an empty index": lambda tree, own: (own / "index").write_bytes(b""),
    "a torn index": lambda tree, own: (own / "index").write_bytes(b"DIRC garbage"),
    "a stale index lock": lambda tree, own: (own / "index.lock").touch(),
    "a stale HEAD lock": lambda tree, own: (own / "HEAD.lock").touch(),
    "an empty HEAD": lambda tree, own: (own / "HEAD").write_text(""),
    "no index": lambda tree, own: (own / "index").unlink(),
    "no git folder": lambda tree, own: shutil.rmtree(own),
    "no tree": lambda tree, own: shutil.rmtree(tree),
    "no link": lambda tree, own: (tree / ".git").unlink(),
    "a false link": lambda tree, own: (tree / ".git").write_text("gitdir: /nonexistent\n"),
    "a false back link": lambda tree, own: (own / "gitdir").write_bytes(b"\xff"),
    "an emptied file": lambda tree, own: (tree / "a").write_text(""),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_work_tree_that_a_crash_broke_is_repaired(
    repo: Path, mirror: Mirror, worktree: Worktree, damage: Callable[[Path, Path], object]
) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    damage(worktree.path, mirror.path / "worktrees" / worktree.path.name)
    worktree.checkout(one)
    assert content(worktree.path) == {"a": "2\n", "b": "1\n"}
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock"])
def test_a_stale_lock_does_not_cost_the_whole_work_tree(
    repo: Path, mirror: Mirror, worktree: Worktree, lock: str
) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    before = (worktree.path / "b").stat()
    (mirror.path / "worktrees" / worktree.path.name / lock).touch()
    worktree.checkout(one)
    assert (worktree.path / "b").stat().st_ino == before.st_ino


def test_an_unknown_commit_is_not_checked_out(mirror: Mirror, worktree: Worktree) -> None:
    mirror.update("main")
    with pytest.raises(InfraError):
        worktree.checkout(UNKNOWN)
    with pytest.raises(InputError):
        worktree.checkout("--output=x")
    worktree.checkout(mirror.head("main"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


def test_a_repository_around_a_broken_work_tree_is_left_alone(repo: Path, tmp_path: Path) -> None:
    """Our data may lie inside a clone of ours: git must never clean that one instead."""
    around = tmp_path / "around"
    around.mkdir()
    git(around, "init", "--quiet")
    (around / "precious").write_text("x")
    mirror = Mirror(around / "var" / "m.git", str(repo))
    mirror.update("main")
    worktree = Worktree(mirror, around / "var" / "tree")
    worktree.checkout(mirror.head("main"))
    (worktree.path / ".git").unlink()
    shutil.rmtree(mirror.path / "worktrees")
    worktree.checkout(mirror.head("main"))
    assert (around / "precious").read_text() == "x"


def test_two_work_trees_of_a_mirror_are_apart(repo: Path, mirror: Mirror, tmp_path: Path) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    first, second = Worktree(mirror, tmp_path / "0"), Worktree(mirror, tmp_path / "1")
    first.checkout(one)
    second.checkout(mirror.resolve("main~1"))
    mirror.update("main")
    assert content(first.path)["a"] == "2\n"
    assert content(second.path)["a"] == "1\n"


def test_a_tree_cannot_run_hooks_or_filters(
    repo: Path, mirror: Mirror, worktree: Worktree, tmp_path: Path
) -> None:
    hook = f"#!/bin/sh\ntouch {tmp_path}/ran\n"
    attributes = "* filter=evil diff=evil\n"
    config = f'[filter "evil"]\n\tsmudge = touch {tmp_path}/ran\n'
    one = commit(repo, "evil", **{".gitattributes": attributes, ".gitconfig": config})
    mirror.update("main")
    hooks = mirror.path / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-checkout").write_text(hook)
    (hooks / "post-checkout").chmod(0o755)
    worktree.checkout(one)
    mirror.show(one)
    assert content(worktree.path)["a"] == "1\n"
    assert not (tmp_path / "ran").exists()
