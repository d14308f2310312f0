"""Backports: where they are needed, where they are there already, and where they do not apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.building.backports import backported
from runner.building.rules import Backport
from runner.errors import BuildFailed
from runner.git import Mirror
from tests.runner.git.repositories import UNKNOWN, commit, git, repository

TITLE = "tools: build [with] gcc-12 (really)"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """base - guilty - later - fix on main; `stable` and `vendor` are later with the fix as another
    commit.
    """
    path = repository(tmp_path)
    for name in ("base", "guilty", "later"):
        commit(path, name, **{name: f"{name}\n"})
        git(path, "tag", name)
    git(path, "checkout", "--quiet", "-b", "stable")
    commit(path, f"{TITLE}\n\n[ Upstream commit ]", later="mended\n")
    commit(path, "newest of stable", stable="1\n")
    git(path, "checkout", "--quiet", "-b", "vendor", "later")
    commit(path, f"UPSTREAM: {TITLE}", later="mended here\n")
    git(path, "checkout", "--quiet", "main")
    commit(path, TITLE, later="mended\n")
    git(path, "tag", "fix")
    return path


@pytest.fixture
def mirror(repo: Path, tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirrors" / "mirror.git", str(repo))
    mirror.update("main")
    return mirror


@pytest.fixture
def rule(mirror: Mirror) -> Backport:
    return Backport(mirror.resolve("fix"), TITLE)


def test_a_commit_that_lacks_the_fix_gets_it(mirror: Mirror, rule: Backport) -> None:
    later = mirror.resolve("later")
    made, notes = backported(mirror, later, [rule])
    assert mirror.read(made, "later") == b"mended\n"
    assert mirror.commit(made).parents == (later,)
    assert notes == (f"backport of {TITLE!r}",)
    assert backported(mirror, later, [rule])[0] == made


@pytest.mark.parametrize("name", ["fix", "main", "stable", "vendor"])
def test_a_commit_that_has_the_fix_as_any_commit_stays_as_it_is(
    mirror: Mirror, rule: Backport, name: str
) -> None:
    sha = mirror.resolve(name)
    assert backported(mirror, sha, [rule]) == (sha, ())


@pytest.mark.parametrize("quoted", [f'Revert "{TITLE}"', f"x\n\n{TITLE}", f"{TITLE}!", TITLE[1:]])
def test_a_commit_that_only_speaks_of_the_fix_is_not_the_fix(
    repo: Path, mirror: Mirror, rule: Backport, quoted: str
) -> None:
    git(repo, "checkout", "--quiet", "-b", "other", "later")
    sha = commit(repo, quoted, other="1\n")
    mirror.update("main")
    assert backported(mirror, sha, [rule])[0] != sha


def test_only_what_contains_the_guilty_one_is_mended(mirror: Mirror, rule: Backport) -> None:
    base, later = mirror.resolve("base"), mirror.resolve("later")
    for guilty in (mirror.resolve("guilty"), UNKNOWN):
        assert backported(mirror, base, [replace(rule, guilty=guilty)]) == (base, ())
    assert backported(mirror, later, [replace(rule, guilty=mirror.resolve("guilty"))])[0] != later
    assert backported(mirror, later, [replace(rule, guilty=UNKNOWN)]) == (later, ())


def test_a_fix_that_does_not_apply_leaves_the_commit_untestable(
    mirror: Mirror, rule: Backport
) -> None:
    with pytest.raises(BuildFailed) as caught:
        backported(mirror, mirror.resolve("guilty"), [rule])
    assert caught.value.reason == f"needs backports that do not apply to it: {TITLE!r}"


def test_a_repository_without_the_fix_is_built_without_it(mirror: Mirror) -> None:
    later = mirror.resolve("later")
    made, notes = backported(mirror, later, [Backport(UNKNOWN, TITLE)])
    assert made == later
    assert notes == (f"no backport of {TITLE!r}: the repository lacks it",)


def test_several_are_picked_in_their_order(repo: Path, mirror: Mirror, rule: Backport) -> None:
    commit(repo, "fix of the fix", later="mended well\n")
    mirror.update("main")
    second = Backport(mirror.resolve("main"), "fix of the fix")
    made, notes = backported(mirror, mirror.resolve("later"), [rule, second])
    assert mirror.read(made, "later") == b"mended well\n"
    assert len(notes) == 2
    stable, notes = backported(mirror, mirror.resolve("stable"), [rule, second])
    assert mirror.read(stable, "later") == b"mended well\n"
    assert notes == ("backport of 'fix of the fix'",)
