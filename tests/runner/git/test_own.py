"""Repositories of the person who runs us: found, lent a work tree, and left as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror, Worktree
from runner.process import run
from tests.runner.git.repositories import commit, git, repository


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


def linked(repo: Path) -> Path:
    """A work tree of the person's, on a branch of its own."""
    path = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", "-b", "topic", str(path))
    commit(path, "topic", a="topic\n")
    return path


def submodule(repo: Path) -> Path:
    """A repository whose configuration says where its work tree is."""
    around = repo.parent / "around"
    around.mkdir()
    git(around, "init", "-q")
    git(around, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo), "sub")
    return around / "sub"


def bare(repo: Path) -> Path:
    path = repo.parent / "bare.git"
    git(repo, "clone", "-q", "--bare", str(repo), str(path))
    return path


def folder_inside(repo: Path) -> Path:
    (repo / "some" / "where").mkdir(parents=True)
    return repo / "some" / "where"


PLACES: dict[str, Callable[[Path], Path]] = {
    "ordinary": lambda repo: repo,
    "its git folder": lambda repo: repo / ".git",
    "a folder inside": folder_inside,
    "linked": linked,
    "submodule": submodule,
    "bare": bare,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_repository_is_found_and_lends_a_work_tree(
    repo: Path, place: Callable[[Path], Path]
) -> None:
    folder = place(repo)
    before = git(folder, "for-each-ref"), git(folder, "worktree", "list")
    found = Mirror.around(folder)
    head = found.resolve("HEAD")
    assert head == git(folder, "rev-parse", "HEAD")
    worktree = Worktree(found.common(), repo.parent / "elsewhere" / "tree", own=True)
    worktree.checkout(head)
    assert (worktree.path / "b").read_text() == "1\n"
    assert git(worktree.path, "rev-parse", "HEAD") == head
    worktree.remove()
    assert not worktree.path.exists()
    assert (git(folder, "for-each-ref"), git(folder, "worktree", "list")) == before


def test_a_folder_outside_of_any_repository_is_the_persons_to_correct(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not in a git repository"):
        Mirror.around(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        Mirror.around(tmp_path / "none")


def test_the_persons_checkout_is_not_touched(repo: Path, tmp_path: Path) -> None:
    first = Mirror.around(repo).resolve("HEAD")
    commit(repo, "second", a="2\n")
    (repo / "a").write_text("not committed\n")
    (repo / "untracked").touch()
    before = git(repo, "status", "--porcelain=v2", "--branch")
    worktree = Worktree(Mirror.around(repo).common(), tmp_path / "tree", own=True)
    worktree.checkout(first)
    assert (worktree.path / "a").read_text() == "1\n"
    assert git(repo, "status", "--porcelain=v2", "--branch") == before
    assert (repo / "a").read_text() == "not committed\n"


def test_what_a_build_left_stays_in_the_persons_own_work_tree(repo: Path, tmp_path: Path) -> None:
    second = commit(repo, "second", a="2\n")
    found = Mirror.around(repo)
    worktree = Worktree(found.common(), tmp_path / "tree", own=True)
    worktree.checkout(found.resolve("HEAD~1"))
    (worktree.path / "a").write_text("changed by a test\n")
    (worktree.path / "object").write_text("built")
    worktree.checkout(second)
    assert (worktree.path / "a").read_text() == "2\n"
    assert (worktree.path / "object").read_text() == "built"


def test_large_file_filters_of_the_person_work_in_their_own_work_tree(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run(
        ["git", "config", "--global", "filter.upper.smudge", "tr a-z A-Z"],
        deadline=60,
        env={"HOME": str(home)},
    )
    monkeypatch.setenv("HOME", str(home))
    sha = commit(repo, "filtered", **{".gitattributes": "large filter=upper\n", "large": "text\n"})
    common = Mirror.around(repo).common()
    Worktree(common, tmp_path / "theirs", own=True).checkout(sha)
    Worktree(common, tmp_path / "ours").checkout(sha)
    assert (tmp_path / "theirs" / "large").read_text() == "TEXT\n"
    assert (tmp_path / "ours" / "large").read_text() == "text\n"
