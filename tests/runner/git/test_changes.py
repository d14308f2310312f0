"""The paths that the commits of a range change, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.git import Mirror
from tests.runner.git.repositories import UNKNOWN, commit, git, merged, repository


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


def mirrored(repo: Path) -> Mirror:
    mirror = Mirror(repo.parent / "m.git", str(repo))
    mirror.update("main")
    return mirror


def test_each_commit_of_a_range_has_the_paths_it_changes(repo: Path) -> None:
    base = git(repo, "rev-parse", "HEAD")
    one = commit(repo, "one\n\nwith a body", a="2\n", c="1\n")
    (repo / "sub").mkdir()
    (repo / "sub" / "d.c").write_text("1\n")
    git(repo, "rm", "-q", "b")
    two = commit(repo, "two")
    merge = merged(repo)
    topic = git(repo, "rev-parse", "topic")
    mirror = mirrored(repo)
    changes = mirror.changes(merge, [base])
    assert changes == {merge: (), two: ("b", "sub/d.c"), one: ("a", "c"), topic: ("topic",)}
    assert list(changes) == list(mirror.parents(merge, [base]))
    assert mirror.changes(merge, [two]) == {merge: (), topic: ("topic",)}
    assert mirror.changes(base, []) == {base: ("a", "b")}
    assert mirror.changes(base, [base]) == {}


def test_a_renamed_file_counts_under_both_names(repo: Path) -> None:
    git(repo, "mv", "a", "z")
    sha = commit(repo, "rename")
    assert mirrored(repo).changes(sha, [])[sha] == ("a", "z")


def test_a_commit_without_changes_has_no_paths(repo: Path) -> None:
    first = commit(repo, "nothing")
    second = commit(repo, "nothing again")
    assert set(mirrored(repo).changes(second, [first]).values()) == {()}
    assert mirrored(repo).changes(second, [])[first] == ()


ODD = [
    b"0123456789abcdef0123456789abcdef01234567",
    b"\nbegins with a newline",
    b"two\n\nnewlines\n",
    b'quo"te',
    b"back\\slash",
    b"-option",
    b"spa ce",
    b"tab\t",
    b"\x1b[2J",
    b"d \xe2\x82\xac/e",
    b":(top)x",
]


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_path_may_have_any_name(repo: Path, name: bytes) -> None:
    path = repo / name.decode()
    path.parent.mkdir(exist_ok=True)
    path.write_text("1\n")
    sha = commit(repo, "odd", a="3\n")
    later = commit(repo, "later", a="4\n")
    changes = mirrored(repo).changes(later, [])
    assert sorted(changes[sha]) == sorted(["a", name.decode()])
    assert changes[later] == ("a",)


def test_a_path_that_is_no_text_is_made_one(repo: Path) -> None:
    (Path(str(repo)) / b"caf\xe9.c".decode(errors="surrogateescape")).write_text("1\n")
    sha = commit(repo, "latin1")
    (path,) = mirrored(repo).changes(sha, [])[sha]
    assert path == "caf\ufffd.c"


def test_only_full_names_pass_for_the_ends_of_a_range(repo: Path) -> None:
    mirror = mirrored(repo)
    head = mirror.head("main")
    for wrong in ("--output=x", "main", head[:12]):
        with pytest.raises(InputError, match="not a full commit name"):
            mirror.changes(wrong, [])
        with pytest.raises(InputError, match="not a full commit name"):
            mirror.changes(head, [wrong])
    with pytest.raises(InfraError):
        mirror.changes(UNKNOWN, [])


def test_the_changes_of_a_long_history_are_read_whole(tmp_path: Path) -> None:
    """15,000 commits over 3,000 files in 60 folders, one in ten of them a merge."""
    count = 15_000
    repo = tmp_path / "long.git"
    repo.mkdir()
    git(repo, "init", "--quiet", "--bare", "--initial-branch=main")
    lines: list[str] = []
    for mark in range(1, count + 1):
        merge = mark > 10 and mark % 10 == 0
        lines += [
            "commit refs/heads/main",
            f"mark :{mark}",
            f"committer x <x@demo.invalid> {1600000000 + mark * 60} +0000",
            "data 1",
            "x",
        ]
        lines += [f"merge :{mark - 7}"] if merge else []
        if not merge:
            lines += [f"M 644 inline d{mark % 60}/f{mark % 3000}.c", "data 6", f"{mark:05}", ""]
    git(repo, "fast-import", "--quiet", stdin="\n".join([*lines, ""]).encode())
    mirror = mirrored(repo)
    changes = mirror.changes(mirror.head("main"), [])
    assert len(changes) == count
    assert sum(paths == () for paths in changes.values()) == count // 10 - 1
    assert list(changes.values())[-1] == ("d1/f1.c",)
    assert changes[mirror.head("main")] == ()
