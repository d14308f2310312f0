"""Commits made of a commit and somebody's patch: applied, refused, hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror, Worktree, is_made, patched
from tests.runner.git.repositories import commit, content, git, repository

PATCH = """\
--- a/a
+++ b/a
@@ -1 +1 @@
-1
+2
"""
NEW = """\
diff --git {0} {1}
new file mode {2}
--- /dev/null
+++ {1}
@@ -0,0 +1 @@
+/etc/passwd
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


@pytest.fixture
def mirror(repo: Path, tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirrors" / "mirror.git", str(repo))
    mirror.update("main")
    return mirror


@pytest.fixture
def base(mirror: Mirror) -> str:
    return mirror.resolve("main")


def test_a_patch_makes_one_commit_that_nobody_takes_for_the_trees(
    mirror: Mirror, base: str, tmp_path: Path
) -> None:
    made = patched(mirror, base, PATCH)
    assert patched(mirror, base, PATCH) == made
    assert mirror.commit(made).parents == (base,)
    assert [is_made(mirror, sha) for sha in (made, base)] == [True, False]
    tree = Worktree(mirror, tmp_path / "trees" / "0")
    tree.checkout(made)
    assert content(tree.path) == {"a": "2\n", "b": "1\n"}


def test_what_a_fetch_prunes_leaves_a_patched_commit(mirror: Mirror, base: str) -> None:
    made = patched(mirror, base, PATCH)
    mirror.update("main")
    git(mirror.path, "gc", "--prune=now", "--quiet")
    assert mirror.has(made)


def test_a_patch_as_git_writes_it_may_rename_and_remove(
    repo: Path, mirror: Mirror, base: str
) -> None:
    git(repo, "mv", "a", "moved")
    git(repo, "rm", "--quiet", "b")
    wanted = commit(repo, "rename")
    patch = git(repo, "format-patch", "--stdout", "-1") + "\n"
    assert mirror.commit(patched(mirror, base, patch)).tree == git(
        repo, "rev-parse", f"{wanted}^{{tree}}"
    )


@pytest.mark.parametrize("crlf", [False, True])
def test_blanks_that_a_mail_changed_do_not_matter(repo: Path, mirror: Mirror, crlf: bool) -> None:
    base = commit(repo, "code", code="{\n\tif (x)\n\t\treturn 1;\n}\n")
    mirror.update("main")
    patch = "--- a/code\n+++ b/code\n@@ -1,4 +1,3 @@\n {\n-\tif (x)\n         return 1;\n }\n"
    made = patched(mirror, base, patch.replace("\n", "\r\n") if crlf else patch)
    assert "if (x)" not in str(mirror.read(made, "code"))


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (PATCH.replace("-1\n", "-7\n"), "does not apply: patch failed: a:1; a: patch does not"),
        (PATCH.replace("a/a", "a/x").replace("b/a", "b/x"), "x: does not exist in index"),
        ("this is no patch\n", "does not apply"),
        ("", "does not apply"),
        (NEW.format("a/../../evil", "b/../../evil", "100644"), "invalid path '../../evil'"),
        (NEW.format("a//tmp/evil", "b//tmp/evil", "100644"), "does not apply"),
        (NEW.format("a/.git/config", "b/.git/config", "100644"), "invalid path '.git/config'"),
        (NEW.format("a/l", "b/l", "120000"), "makes a link"),
        (
            NEW.format("a/s", "b/s", "160000").replace(
                "/etc/passwd", "Subproject commit " + "1" * 40
            ),
            "makes a link or a submodule",
        ),
        ("diff --git a/a b/z\nsimilarity index 100%\ncopy from a\ncopy to z\n", "copies files"),
        (
            "diff --git a/z b/z\nnew file mode 100644\nindex 0000000..e69de29\n"
            "Binary files /dev/null and b/z differ\n",
            "cannot apply binary patch",
        ),
        (PATCH + "x" * (1 << 20), "larger than 1024 KiB"),
        ("".join(NEW.format(f"a/{n}", f"b/{n}", "100644") for n in range(501)), "500 files"),
        (
            "diff --git a/a b/a\nold mode 100644\nnew mode 100644\n",
            "changes nothing|does not apply",
        ),
    ],
)
def test_a_patch_that_cannot_be_taken_says_why(
    mirror: Mirror, base: str, tmp_path: Path, patch: str, why: str
) -> None:
    before = git(mirror.path, "for-each-ref")
    with pytest.raises(InputError, match=why):
        patched(mirror, base, patch)
    assert git(mirror.path, "for-each-ref") == before
    assert not (tmp_path.parent / "evil").exists()
