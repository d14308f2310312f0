"""Commits made of others: reverted, picked, conflicting, hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror, Worktree, graft
from tests.runner.git.repositories import UNKNOWN, commit, content, git, repository

LINES = [f"line {number}\n" for number in range(20)]


def text(**changed: str) -> str:
    """Twenty lines, of which `at<number>` are others."""
    lines = {f"at{number}": line for number, line in enumerate(LINES)}
    return "".join(changed.get(at, line) for at, line in lines.items())


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = repository(tmp_path)
    commit(path, "twenty lines", file=text())
    return path


@pytest.fixture
def mirror(repo: Path, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "mirror.git", str(repo))


def files(mirror: Mirror, sha: str | None, folder: Path) -> dict[str, str]:
    assert sha is not None
    tree = Worktree(mirror, folder / "trees" / "0")
    tree.checkout(sha)
    return content(tree.path)


def test_a_commit_is_reverted_below_later_ones(repo: Path, mirror: Mirror, tmp_path: Path) -> None:
    guilty = commit(repo, "guilty", file=text(at3="3!\n"), b="2\n", new="new\n")
    base = commit(repo, "later", file=text(at3="3!\n", at15="15!\n"))
    mirror.update("main")
    made = graft(mirror, base, revert=[guilty])
    assert files(mirror, made, tmp_path) == {"a": "1\n", "b": "1\n", "file": text(at15="15!\n")}
    assert made is not None
    assert mirror.commit(made).parents == (base,)


def test_a_revert_is_what_git_reverts_also_where_a_file_was_renamed(
    repo: Path, mirror: Mirror
) -> None:
    guilty = commit(repo, "guilty", file=text(at3="3!\n"))
    git(repo, "mv", "file", "moved")
    base = commit(repo, "rename", moved=text(at3="3!\n", at15="15!\n"))
    git(repo, "revert", "--no-edit", guilty)
    mirror.update("main")
    made = graft(mirror, base, revert=[guilty])
    assert made is not None
    assert mirror.commit(made).tree == git(repo, "rev-parse", "HEAD^{tree}")


def test_commits_are_picked_in_their_order_after_the_reverts(
    repo: Path, mirror: Mirror, tmp_path: Path
) -> None:
    base = commit(repo, "guilty", file=text(at9="9!\n"))
    git(repo, "checkout", "--quiet", "-b", "fixes", "HEAD^")
    first = commit(repo, "fix", file=text(at3="3!\n"))
    second = commit(repo, "fix of the fix", file=text(at3="3!!\n"))
    mirror.update("main")
    assert graft(mirror, base, pick=[second, first]) is None
    made = graft(mirror, base, revert=[base], pick=[first, second])
    assert files(mirror, made, tmp_path)["file"] == text(at3="3!!\n")


def test_what_conflicts_is_said_to(repo: Path, mirror: Mirror) -> None:
    guilty = commit(repo, "guilty", file=text(at3="3!\n"))
    base = commit(repo, "the same line", file=text(at3="3!!\n"))
    mirror.update("main")
    assert graft(mirror, base, revert=[guilty]) is None
    assert git(mirror.path, "for-each-ref", "refs/bisectweb") == ""


def test_a_merge_is_neither_reverted_nor_picked(repo: Path, mirror: Mirror) -> None:
    git(repo, "checkout", "--quiet", "-b", "side", "HEAD^")
    commit(repo, "side", b="2\n")
    git(repo, "checkout", "--quiet", "main")
    git(repo, "merge", "--quiet", "--no-edit", "side")
    merge = git(repo, "rev-parse", "HEAD")
    mirror.update("main")
    assert graft(mirror, merge, revert=[merge]) is None
    assert graft(mirror, f"{merge}", pick=[merge]) is None


def test_the_first_commit_can_be_reverted(repo: Path, mirror: Mirror, tmp_path: Path) -> None:
    first = git(repo, "rev-list", "--max-parents=0", "HEAD")
    mirror.update("main")
    made = graft(mirror, mirror.head("main"), revert=[first])
    assert files(mirror, made, tmp_path) == {"file": text()}


def test_what_is_there_already_leaves_the_base_as_it_is(repo: Path, mirror: Mirror) -> None:
    guilty = commit(repo, "guilty", file=text(at3="3!\n"))
    git(repo, "revert", "--no-edit", guilty)
    mirror.update("main")
    base = mirror.head("main")
    assert graft(mirror, base, revert=[guilty]) == base
    assert graft(mirror, base) == base


def test_equal_input_gives_the_same_commit_in_any_mirror(
    repo: Path, mirror: Mirror, tmp_path: Path
) -> None:
    guilty = commit(repo, "guilty", b="2\n")
    base = commit(repo, "later", a="2\n")
    other = Mirror(tmp_path / "other.git", str(repo))
    made = set()
    for place in (mirror, other, mirror):
        place.update("main")
        made.add(graft(place, base, revert=[guilty]))
    assert len(made) == 1
    assert made != {graft(mirror, base, pick=[guilty])}


def test_a_graft_outlives_fetches_and_the_branch_it_was_made_of(
    repo: Path, mirror: Mirror, tmp_path: Path
) -> None:
    guilty = commit(repo, "guilty", b="2\n")
    base = commit(repo, "later", a="2\n")
    mirror.update("main")
    made = graft(mirror, base, revert=[guilty])
    git(repo, "reset", "--quiet", "--hard", "HEAD~2")
    commit(repo, "rebased", a="3\n")
    mirror.update("main")
    git(mirror.path, "gc", "--quiet", "--prune=now")
    assert files(mirror, made, tmp_path)["b"] == "1\n"
    assert graft(mirror, base, revert=[guilty]) == made


def test_nothing_of_a_hostile_tree_is_run(repo: Path, mirror: Mirror, tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    drivers = ("filter=evil", "diff=evil", "merge=evil", "merge=union", "text", "ident")
    (repo / ".gitattributes").write_text("".join(f"* {driver}\n" for driver in drivers))
    (repo / ".gitconfig").write_text(
        f'[merge "evil"]\n driver = touch {marker}\n[filter "evil"]\n clean = touch {marker}\n'
    )
    guilty = commit(repo, "guilty", file=text(at3="3!\n"))
    base = commit(repo, "the same line", file=text(at3="3!!\n"))
    clean = commit(repo, "elsewhere", file=text(at3="3!!\n", at15="15!\n"))
    mirror.update("main")
    assert graft(mirror, base, revert=[guilty]) is None, "its merge drivers do not count"
    assert graft(mirror, base, pick=[clean]) is not None
    assert not marker.exists()


@pytest.mark.parametrize("name", ["--help", "main", "HEAD^", "a" * 39, f"{UNKNOWN}\n"])
def test_only_full_names_reach_git(repo: Path, mirror: Mirror, name: str) -> None:
    mirror.update("main")
    head = mirror.head("main")
    for wanted in ({"revert": [name]}, {"pick": [name]}):
        with pytest.raises(InputError, match="not a full commit name"):
            graft(mirror, head, **wanted)
    with pytest.raises(InputError, match="not a full commit name"):
        graft(mirror, name)
