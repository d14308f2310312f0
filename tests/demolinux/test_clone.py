"""The history on top of a clone: its objects are borrowed, and nothing is written into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror
from runner.process import capture
from tests.demolinux.demo import Demo
from tests.demolinux.generate import generate

IDENTITY = ("-c", "user.name=Role", "-c", "user.email=role@demo.invalid")


def git(tree: Path, *arguments: str) -> str:
    ended = capture(["git", "-C", tree, *IDENTITY, *arguments], deadline=60)
    assert ended.succeeded, ended.stderr.decode()
    return ended.stdout.decode().strip()


@pytest.fixture
def clone(small: Path) -> Path:
    """Two commits, the first of them a release; a branch that is not checked out has another."""
    git(small, "init", "-q", "-b", "master")
    git(small, "add", ".")
    git(small, "commit", "-q", "-m", "Linux 6.11")
    git(small, "tag", "-m", "Linux 6.11", "v6.11")
    git(small, "tag", "v6.11-mine")
    git(small, "commit", "-q", "--allow-empty", "-m", "work")
    git(small, "switch", "-q", "-c", "other")
    git(small, "commit", "-q", "--allow-empty", "-m", "Linux 6.12")
    git(small, "tag", "v6.12")
    git(small, "switch", "-q", "master")
    return small


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in folder.rglob("*")
    }


def test_the_history_stands_on_the_newest_commit_and_the_clone_stays_as_it_was(
    clone: Path, tmp_path: Path
) -> None:
    before = contents(clone)
    generate(tmp_path / "out", 1, clone)
    assert contents(clone) == before
    made = Demo(tmp_path / "out")
    assert (
        made.manifest["good"] == made.manifest["facts"]["base"] == git(clone, "rev-parse", "HEAD")
    )
    assert made.git("rev-list", "--count", "main") == str(64 + 2)
    assert made.git("fsck", "--strict", "--no-dangling") == ""


def test_only_releases_of_its_history_come_along(clone: Path, tmp_path: Path) -> None:
    generate(tmp_path / "out", 1, clone)
    assert Demo(tmp_path / "out").git("tag").split() == ["v6.11", "v6.13"]


def test_the_service_can_fetch_what_is_borrowed(clone: Path, tmp_path: Path) -> None:
    generate(tmp_path / "out", 1, clone)
    made = Demo(tmp_path / "out")
    mirror = Mirror(tmp_path / "mirror.git", made.manifest["tree"])
    mirror.update("main")
    assert mirror.head("main") == made.manifest["bad"]


def test_a_shallow_clone_is_an_error_that_says_what_to_do(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{clone}", "shallow")
    with pytest.raises(InputError, match="git fetch --unshallow"):
        generate(tmp_path / "out", 1, tmp_path / "shallow")
