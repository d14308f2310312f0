"""The tree's own script is asked as a person would ask it, and a tree without one is no error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.git import Mirror
from runner.maintainers import Question, ask_script, whom_to_tell
from runner.process import capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Header, Recipient, Recipients
from tests.demokernel.generate import KERNEL
from tests.runner.git.repositories import git

SANDBOX = Sandbox(Confinement.AUTO, ())
CULPRIT = """\
mm: break it

Signed-off-by: Core Maintainer <core@demo.invalid>
Tested-by: Once <once@demo.invalid>
"""


def write(tree: Path, message: str, **files: str) -> str:
    """A commit of files, named with `__` for `/`."""
    for name, content in files.items():
        path = tree / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(tree, "rev-parse", "HEAD")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small kernel's tree whose last commit changes `mm/slab.c`, tagged `culprit`."""
    path = tmp_path / "tree"
    (path / "scripts").mkdir(parents=True)
    shutil.copy(KERNEL / "scripts" / "get_maintainer.pl", path / "scripts")
    shutil.copy(KERNEL / "MAINTAINERS", path)
    git(path, "init", "--quiet", "--initial-branch=main")
    write(path, "base", mm__slab="1\n", kernel__fork="1\n", drivers__demo__nested="1\n")
    for name in ("mm/slab", "kernel/fork", "drivers/demo/nested"):
        git(path, "mv", name, f"{name}.c")
    write(path, "names")
    (path / "mm" / "slab.c").write_text("2\n")
    write(path, CULPRIT)
    git(path, "tag", "culprit")
    return path


def ask(tree: Path, revision: str = "culprit", file: str = "", newest: str = "") -> Recipients:
    mirror = Mirror.around(tree).common()
    sha = mirror.resolve(revision)
    return whom_to_tell(mirror, Question(sha, file, newest), SANDBOX)


def test_patch_file_and_commit_say_together_who_is_told(tree: Path) -> None:
    assert ask(tree, file="drivers/demo/nested.c").people == (
        Recipient(
            "mm@demo.invalid", "Memory Maintainer", Header.TO, "maintainer of MEMORY MANAGEMENT"
        ),
        Recipient(
            "virt@demo.invalid",
            "Virtualization Maintainer",
            Header.TO,
            "supporter of DEMO VIRTUAL MACHINES, where it crashed",
        ),
        Recipient(
            "core@demo.invalid",
            "Core Maintainer",
            Header.TO,
            "author of the culprit; signed off the culprit",
        ),
        Recipient(
            "page-tables@demo.invalid",
            "Page Tables Reviewer",
            Header.CC,
            "reviewer of MEMORY MANAGEMENT",
        ),
        Recipient("demo-mm@demo.invalid", "", Header.CC, "list of MEMORY MANAGEMENT"),
        Recipient(
            "nested@demo.invalid",
            "Nested Guests Reviewer",
            Header.CC,
            "reviewer of DEMO VIRTUAL MACHINES, where it crashed",
        ),
        Recipient(
            "demo-virt@demo.invalid",
            "",
            Header.CC,
            "list of DEMO VIRTUAL MACHINES, where it crashed",
        ),
        Recipient("once@demo.invalid", "Once", Header.CC, "tested the culprit"),
    )


def test_the_answer_is_the_one_that_a_person_gets_by_hand(tree: Path) -> None:
    sha = git(tree, "rev-parse", "culprit")
    by_hand = capture(
        ["perl", "scripts/get_maintainer.pl"],
        deadline=30,
        cwd=tree,
        stdin=git(tree, "show", sha).encode(),
    )
    mirror = Mirror.around(tree)
    said = ask_script(mirror, mirror.commit(sha), "", SANDBOX)
    assert said.patch == by_hand.stdout.decode()
    assert "MEMORY MANAGEMENT" in said.patch


def test_a_bare_repository_and_a_work_tree_say_the_same_and_stay_as_they_are(
    tree: Path, tmp_path: Path
) -> None:
    git(tree, "clone", "--quiet", "--bare", str(tree), str(tmp_path / "bare.git"))
    git(tree, "worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), "culprit")
    before = sorted(path for path in (tree / ".git").rglob("*") if path.is_file())
    answers = [ask(path) for path in (tree, tmp_path / "bare.git", tmp_path / "beside")]
    assert answers[0] == answers[1] == answers[2]
    assert sorted(path for path in (tree / ".git").rglob("*") if path.is_file()) == before


def test_the_script_is_the_one_of_the_commit_and_not_of_today(tree: Path) -> None:
    before = ask(tree)
    write(tree, "maintainers: all change", MAINTAINERS="NEW\nM:\tN <n@demo.invalid>\nF:\tmm/\n")
    assert ask(tree) == before


MAILMAP = (
    "Core Name <now@demo.invalid> <core@demo.invalid>\n<memory@demo.invalid> <mm@demo.invalid>\n"
)


def test_the_newest_mailmap_says_where_people_are_today(tree: Path) -> None:
    newest = write(tree, "mailmap", **{".mailmap": MAILMAP})
    before, after = ask(tree), ask(tree, newest=newest)
    assert before.to == ("mm@demo.invalid", "core@demo.invalid")
    assert after.to == ("memory@demo.invalid", "now@demo.invalid")
    assert [one.name for one in after.people[:2]] == ["Memory Maintainer", "Core Name"]


def test_without_a_newest_one_the_mailmap_of_the_commit_counts(tree: Path) -> None:
    (tree / "mm" / "slab.c").write_text("3\n")
    sha = write(tree, CULPRIT, **{".mailmap": MAILMAP})
    assert ask(tree, sha).to == ("memory@demo.invalid", "now@demo.invalid")


def test_hostile_names_in_a_commit_are_only_names(tree: Path) -> None:
    (tree / "mm" / "slab.c").write_text("3\n")
    message = "x\n\nAcked-by: --stdin <a@demo.invalid>\nTested-by: x\x01\x1b[2J <b@demo.invalid>\n"
    sha = write(tree, message)
    names = {one.address: one.name for one in ask(tree, sha).people}
    assert (names["a@demo.invalid"], names["b@demo.invalid"]) == ("--stdin", "x [2J")


@pytest.mark.parametrize(
    ("script", "note"),
    [
        (None, "the tree has no scripts/get_maintainer.pl"),
        ("die 'out of order'", "scripts/get_maintainer.pl failed: out of order"),
        ("exit 3", "scripts/get_maintainer.pl failed: status 3"),
    ],
)
def test_without_a_working_script_the_people_of_the_commit_remain_and_it_is_said(
    tree: Path, script: str | None, note: str
) -> None:
    path = tree / "scripts" / "get_maintainer.pl"
    path.unlink() if script is None else path.write_text(script)
    (tree / "mm" / "slab.c").write_text("3\n")
    who = ask(tree, write(tree, CULPRIT), file="mm/slab.c")
    assert (who.to, who.cc) == (("core@demo.invalid",), ("once@demo.invalid",))
    assert who.note.startswith("only the people of the commit itself are known: ")
    assert note in who.note


def test_perl_that_is_not_installed_is_no_error(tree: Path, tmp_path: Path) -> None:
    empty = Sandbox(Confinement.OFF, ())
    for name in ("git", "env", "python3"):
        program = shutil.which(name)
        assert program
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path / "bin"))
        mirror = Mirror.around(tree)
        who = whom_to_tell(mirror, Question(mirror.resolve("culprit")), empty)
    assert who.to == ("core@demo.invalid",)
    assert "perl is not installed" in who.note


def test_a_merge_has_the_people_of_the_file_where_it_crashed(tree: Path) -> None:
    git(tree, "checkout", "--quiet", "-b", "side", "HEAD~")
    write(tree, "side", side="1\n")
    git(tree, "merge", "--quiet", "--no-ff", "--message", "merge", "main")
    who = ask(tree, "side", file="mm/slab.c")
    assert who.to == ("mm@demo.invalid", "core@demo.invalid")
    assert who.note.startswith("the commit is a merge")


@pytest.mark.parametrize(
    "file", ["no/such/file.c", "../tree/mm/slab.c", "/etc/passwd", "-f", "mm/$(touch owned).c"]
)
def test_a_file_that_the_commit_does_not_have_is_not_asked_about(tree: Path, file: str) -> None:
    who = ask(tree, file=file)
    assert who.to == ("mm@demo.invalid", "core@demo.invalid")
    assert "the commit has no file" in who.note


def test_a_file_whose_name_would_be_a_command_is_not_asked_about(tree: Path) -> None:
    name = "mm/$(touch owned).c"
    who = ask(tree, write(tree, "odd", **{name: "1\n"}), file=name)
    assert "the commit has no file" in who.note


def test_the_script_is_shut_in_as_all_code_of_a_tree(tree: Path) -> None:
    script = "open(F, '>', 'MAINTAINERS') or die 'read-only'; exit 0"
    (tree / "scripts" / "get_maintainer.pl").write_text(script)
    (tree / "mm" / "slab.c").write_text("3\n")
    sha = write(tree, CULPRIT)
    mirror = Mirror.around(tree)
    required = Sandbox(Confinement.REQUIRE, ())
    assert "read-only" in whom_to_tell(mirror, Question(sha), required).note
