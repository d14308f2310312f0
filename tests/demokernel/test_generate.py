"""The folder of the demo: the repository holds what was planned, the manifest says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.process import capture
from tests.demokernel.conftest import known_history
from tests.demokernel.generate import generate
from tests.demokernel.patches import File, Hunk, Patch, Role, apply, read_topics

SEED = 5


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated") / "out"
    generate(out, SEED)
    return out


def git(out: Path, *arguments: str) -> str:
    done = capture(["git", "-C", out / "demo.git", *arguments], deadline=60)
    assert done.succeeded, done.stderr.decode()
    return done.stdout.decode().strip()


def test_the_repository_has_exactly_the_commits_of_the_history(out: Path) -> None:
    history = known_history(SEED)
    assert git(out, "rev-parse", "main") == history.head
    assert git(out, "rev-parse", "fixed") == history.fixed
    listed = git(out, "rev-list", "--parents", "fixed").splitlines()
    assert sorted(listed) == sorted(" ".join((c.sha, *c.parents)) for c in history.commits)


def test_the_repository_is_sound(out: Path) -> None:
    assert git(out, "fsck", "--strict") == ""


def test_releases_are_annotated_tags(out: Path) -> None:
    kinds = git(out, "for-each-ref", "--format=%(refname:short) %(objecttype)", "refs/tags")
    assert "v1.3 tag" in kinds.splitlines()
    assert git(out, "rev-parse", "v1.3^{commit}") == next(
        commit.sha for commit in known_history(SEED).commits if commit.tag == "v1.3"
    )


def test_nothing_but_branches_and_tags_is_left_in_the_repository(out: Path) -> None:
    refs = git(out, "for-each-ref", "--format=%(refname)").splitlines()
    assert [ref for ref in refs if not ref.startswith("refs/tags/")] == [
        "refs/heads/fixed",
        "refs/heads/main",
    ]


def test_the_manifest_names_the_planted_commits(out: Path) -> None:
    manifest = json.loads((out / "demo.json").read_text())
    history = known_history(SEED)
    assert manifest["tree"] == str(out / "demo.git")
    assert manifest["bad"] == history.head
    assert manifest["expected"] == history.the(Role.CULPRIT).sha
    assert manifest["fix"] == {"branch": "fixed", "expected": history.the(Role.FIX).sha}
    assert manifest["facts"]["commits"] == len(history.main)
    assert (out / manifest["reproducer"]).is_file()
    assert "CONFIG_DEMO_CRASH_PERCENT=70\n" in (out / manifest["config"]).read_text()


def test_the_percentage_is_in_the_config(tmp_path: Path) -> None:
    generate(tmp_path / "out", SEED, percent=25)
    assert "CONFIG_DEMO_CRASH_PERCENT=25\n" in (tmp_path / "out/config").read_text()


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        generate(tmp_path, SEED)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_what_an_interrupted_try_left_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "out.part").mkdir()
    (tmp_path / "out.part/demo.git").write_text("half a repository")
    generate(tmp_path / "out", SEED)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


MAILBOX = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <dev@demo.invalid>
Date: Mon, 4 Mar 2024 09:00:00 +0000
Subject: [PATCH 1/2] lib/string: a subject that is so long that it does not
 fit in one line
X-Role: culprit

Why.

Signed-off-by: A Developer <dev@demo.invalid>
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/a.c b/a.c
index 1a8de9d..8ed7a8e 100644
--- a/a.c
+++ b/a.c
@@ -35,2 +35,2 @@ static const struct {
 keep
-old
+new
@@ -50 +50,2 @@
 end
+more

From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <dev@demo.invalid>
Subject: [PATCH 2/2] lib: add b.c

Signed-off-by: A Developer <dev@demo.invalid>
Signed-off-by: A Maintainer <m@demo.invalid>
---
diff --git a/b.c b/b.c
new file mode 100644
--- /dev/null
+++ b/b.c
@@ -0,0 +1 @@
+content
--\x20
2.39.5

"""


def test_a_mailbox_is_read_as_git_format_patch_writes_it(tmp_path: Path) -> None:
    (tmp_path / "topic.mbox").write_text(MAILBOX)
    (topic,) = read_topics(tmp_path)
    first, second = topic.patches
    assert first.subject == "lib/string: a subject that is so long that it does not fit in one line"
    assert first.message.endswith("\n\nWhy.\n\nSigned-off-by: A Developer <dev@demo.invalid>\n")
    assert first.role is Role.CULPRIT
    assert first.files == {
        "a.c": (Hunk("keep\nold\n", "keep\nnew\n"), Hunk("end\n", "end\nmore\n"))
    }
    assert second.files == {"b.c": (Hunk("", "content\n"),)}
    assert second.author == "A Developer <dev@demo.invalid>"
    assert second.committer == "A Maintainer <m@demo.invalid>"


def patch(old: str, new: str) -> Patch:
    return Patch("A <a@demo.invalid>", "a: b", "a: b\n", None, {"f": (Hunk(old, new),)})


def test_a_patch_finds_its_lines_wherever_they_are() -> None:
    tree = {"f": File("new\n\nfirst\nsecond\n")}
    assert apply(tree, patch("second\n", "2nd\n"))["f"].text == "new\n\nfirst\n2nd\n"


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("one\n", "two\n"),
        ("one\ntwo\none\n", "one\n"),
        ("someone\n", "one\n"),
        ("one\n", ""),
    ],
    ids=["not there", "twice", "the end of a line", "a new file that is there"],
)
def test_a_patch_that_does_not_fit_is_an_error(text: str, old: str) -> None:
    with pytest.raises(ValueError, match=r"not there|is there already"):
        apply({"f": File(text)}, patch(old, "new\n"))
