"""Ranges of commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InfraError
from runner.git import Mirror
from tests.runner.git.repositories import UNKNOWN, commit, git, merged


def test_a_range_has_its_commits_with_their_parents(repo: Path, mirror: Mirror) -> None:
    base = git(repo, "rev-parse", "HEAD")
    one = commit(repo, "one", a="2\n")
    merge = merged(repo)
    topic = git(repo, "rev-parse", "topic")
    mirror.update("main")
    parents = mirror.parents(merge, [base])
    assert parents == {merge: (one, topic), one: (base,), topic: (base,)}
    assert next(iter(parents)) == merge
    assert mirror.parents(merge, [one]) == {merge: (one, topic), topic: (base,)}
    assert mirror.parents(merge, [])[base] == ()
    assert mirror.parents(base, [base]) == {}


def test_containment_follows_all_parents(repo: Path, mirror: Mirror) -> None:
    one = commit(repo, "one")
    merge = merged(repo)
    topic = git(repo, "rev-parse", "topic")
    mirror.update("main")
    assert mirror.contains(topic, merge)
    assert mirror.contains(one, one)
    assert not mirror.contains(one, topic)
    assert not mirror.contains(merge, one)
    with pytest.raises(InfraError):
        mirror.contains(UNKNOWN, merge)


def test_tags_name_the_commits_of_a_history(repo: Path, mirror: Mirror) -> None:
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "v1.0")
    one = commit(repo, "one")
    git(repo, "tag", "--annotate", "--message", "x", "v1.1")
    git(repo, "tag", "--annotate", "--message", "x", "nested", "v1.1")
    git(repo, "tag", "of-a-file", "HEAD:a")
    later = commit(repo, "later")
    git(repo, "tag", "v1.2")
    mirror.update("main")
    assert mirror.tags(one) == {"v1.0": base, "v1.1": one, "nested": one}
    assert mirror.tags(later)["v1.2"] == later


def test_a_long_history_is_read_whole(tmp_path: Path) -> None:
    """15,000 commits, one in ten of them a merge with an older line."""
    count = 15_000
    repo = tmp_path / "long.git"
    repo.mkdir()
    git(repo, "init", "--quiet", "--bare", "--initial-branch=main")
    lines: list[str] = []
    for mark in range(1, count + 1):
        lines += [
            "commit refs/heads/main",
            f"mark :{mark}",
            f"committer x <x@demo.invalid> {1600000000 + mark * 60} +0000",
            "data 1",
            "x",
        ]
        lines += [f"merge :{mark - 7}"] if mark > 10 and mark % 10 == 0 else []
    git(repo, "fast-import", "--quiet", stdin="\n".join([*lines, ""]).encode())
    mirror = Mirror(tmp_path / "m.git", str(repo))
    mirror.update("main")
    parents = mirror.parents(mirror.head("main"), [])
    assert len(parents) == count
    assert sum(len(of) == 2 for of in parents.values()) == count // 10 - 1
    assert next(iter(parents)) == mirror.head("main")
    assert parents[list(parents)[-1]] == ()
