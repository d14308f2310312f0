"""Commits found by their title, and where histories part, in real repositories."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror, find_title, merge_base
from runner.git.bounds import WINDOW, bare_title
from runner.process import environment

TITLE = "KVM: nSVM: leave nested mode earlier"


class Repository:
    """One that tests write commits to, each at a time of their choice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.path / ".git", "")

    def git(self, *arguments: str, age: timedelta = timedelta()) -> str:
        when = (datetime.now(UTC) - age).isoformat(timespec="seconds")
        role = {"NAME": "A Role", "EMAIL": "role@demo.invalid", "DATE": when}
        env = {f"GIT_{who}_{fact}": role[fact] for who in ("AUTHOR", "COMMITTER") for fact in role}
        argv = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(argv, env=environment(env), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, age: timedelta = timedelta()) -> str:
        self.git("commit", "--quiet", "--allow-empty", "--message", message, age=age)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str) -> None:
        self.git("checkout", "--quiet", "-B", name, start)

    def merge(self, name: str) -> str:
        self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {name}", name)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        (TITLE, TITLE),
        (f"UPSTREAM: {TITLE}", TITLE),
        (f"BACKPORT: FROMGIT: {TITLE}", TITLE),
        (f"net-backports: {TITLE}", TITLE),
        (f"  CHROMIUM:{TITLE} ", TITLE),
        (f'Revert "UPSTREAM: {TITLE}"', f'Revert "UPSTREAM: {TITLE}"'),
        ("KVM: UPSTREAM: x", "KVM: UPSTREAM: x"),
    ],
)
def test_a_title_is_the_same_with_the_prefixes_of_downstream_trees(title: str, bare: str) -> None:
    assert bare_title(title) == bare


@pytest.mark.parametrize("in_tree", [TITLE, f"UPSTREAM: {TITLE}"])
@pytest.mark.parametrize("asked", [TITLE, f"FROMLIST: {TITLE}"])
def test_a_commit_is_found_by_its_title(repo: Repository, in_tree: str, asked: str) -> None:
    repo.commit("base")
    wanted = repo.commit(f"{in_tree}\n\nBecause.")
    repo.commit(f'Revert "{TITLE}"')
    repo.commit(f"docs: a story\n\nAs told by\n{TITLE}")
    assert find_title(repo.mirror, repo.commit("head"), asked) == wanted


@pytest.mark.parametrize("asked", ["no such", "--all", "x\n--all", "", "UPSTREAM:", ".*"])
def test_a_title_that_no_commit_has_is_said(repo: Repository, asked: str) -> None:
    repo.commit("base")
    with pytest.raises(InputError, match=r"no commit of the branch since .* has the title"):
        find_title(repo.mirror, repo.commit("head"), asked)


def test_titles_are_looked_for_among_the_commits_of_the_last_years_only(repo: Repository) -> None:
    repo.commit(TITLE, age=WINDOW + timedelta(days=2))
    with pytest.raises(InputError, match="no commit of the branch"):
        find_title(repo.mirror, repo.commit("head"), TITLE)
    again = repo.commit(TITLE, age=WINDOW - timedelta(days=2))
    assert find_title(repo.mirror, repo.commit("head"), TITLE) == again


def test_a_title_that_several_commits_have_is_no_answer(repo: Repository) -> None:
    first, second = repo.commit(TITLE), repo.commit(f"BACKPORT: {TITLE}")
    with pytest.raises(InputError, match="2 commits have the title") as error:
        find_title(repo.mirror, second, TITLE)
    assert first[:12] in str(error.value)
    assert second[:12] in str(error.value)


def test_histories_part_at_their_merge_base(repo: Repository) -> None:
    base = repo.commit("base")
    one = repo.commit("one")
    repo.branch("beside", base)
    other = repo.commit("other")
    assert merge_base(repo.mirror, one, other) == base
    assert merge_base(repo.mirror, base, other) == base
    assert merge_base(repo.mirror, one, one) == one


def test_histories_with_nothing_in_common_do_not_part(repo: Repository) -> None:
    one = repo.commit("one")
    repo.git("checkout", "--quiet", "--orphan", "other")
    with pytest.raises(InputError, match="nothing in common"):
        merge_base(repo.mirror, one, repo.commit("other"))


def test_histories_that_crossed_have_no_single_merge_base(repo: Repository) -> None:
    repo.commit("base")
    left = repo.commit("left")
    repo.branch("beside", "HEAD~1")
    right = repo.commit("right")
    one = repo.merge(left)
    repo.branch("third", left)
    other = repo.merge(right)
    with pytest.raises(InputError, match="2 merge bases") as error:
        merge_base(repo.mirror, one, other)
    assert left[:12] in str(error.value)


def test_a_branch_of_another_repository_is_fetched_beside_this_one(tmp_path: Path) -> None:
    upstream = Repository(tmp_path / "upstream")
    base = upstream.commit("base")
    here = Repository(tmp_path / "here")
    here.git("pull", "--quiet", str(upstream.path), "main")
    ours, theirs = here.commit("ours"), upstream.commit("theirs")
    mirror = Mirror(tmp_path / "mirror.git", str(here.path))
    mirror.update("main")
    assert mirror.fetch_beside(str(upstream.path), "main") == theirs
    mirror.update("main")  # prunes what it does not know
    assert mirror.head("main") == ours
    assert merge_base(mirror, ours, theirs) == base
    newer = upstream.commit("newer")
    assert mirror.fetch_beside(str(upstream.path), "main") == newer


@pytest.mark.parametrize(
    ("url", "branch", "words"),
    [
        ("--upload-pack=x", "main", "cannot use"),
        ("ext::sh -c x", "main", "cannot use"),
        ("", "main", "cannot use"),
        ("HERE", "no-such", "couldn't find remote ref"),
        ("HERE", "main:refs/heads/main", "no branch"),
        ("HERE", "*", "no branch"),
    ],
)
def test_an_upstream_that_cannot_be_is_refused(
    repo: Repository, url: str, branch: str, words: str
) -> None:
    head = repo.commit("base")
    mirror = Mirror(repo.path.parent / "mirror.git", str(repo.path))
    mirror.update("main")
    with pytest.raises(InputError, match=words):
        mirror.fetch_beside(url.replace("HERE", str(repo.path)), branch)
    assert mirror.head("main") == head
