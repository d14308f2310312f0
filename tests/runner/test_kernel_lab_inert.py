"""The real lab tells which commits cannot matter, once the commit that crashes was built."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.kernel_lab import KernelLab
from runner.search import History
from runner.search.prior import Kind, Prior
from runner.values import Sha
from tests.runner.building.little import MAKEFILE
from tests.runner.test_kernel_lab import git, lab, tree

__all__ = ["lab", "tree"]

NOTE = r"""
	@sed -e 's,[^ ]*\.[ch]\>,$(CURDIR)/&,g' $(O)/$*.d > $(O)/.$*.o.cmd
"""
"""What kbuild's fixdep does: the compiler's list of what it read, beside the object."""


@pytest.fixture
def noting(tree: Path) -> Path:
    """On top of the tree: a Makefile that notes what it reads, then commits of every kind."""
    command = "	@$(CC) $(CFLAGS) -c -o $@ $<\n"
    assert command in MAKEFILE
    git(tree, "checkout", "-q", "main")
    change(tree, "notes", {"Makefile": MAKEFILE.replace(command, command.rstrip() + NOTE)})
    change(tree, "driver", {"drivers/net/tun.c": "int tun;\n"})
    change(tree, "docs", {"Documentation/x.rst": "Words.\n"})
    change(tree, "short-lived", {"drivers/net/gone.c": "int gone;\n"})
    change(tree, "header", {"main.h": "#define ANSWER 43\n"})
    change(tree, "both", {"drivers/net/tun.c": "long tun;\n", "second.c": SECOND})
    (tree / "drivers/net/gone.c").unlink()
    change(tree, "removal", {})
    return tree


SECOND = "int second(int x) { return x + 2; }\n"


def change(tree: Path, name: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", f"demo: {name}")
    git(tree, "tag", name)


def kinds(lab: KernelLab, prior: Prior) -> dict[str, Kind]:
    return {
        lab.commit(sha).subject.removeprefix("demo: "): kind for sha, kind in prior.kinds.items()
    }


def ends(lab: KernelLab, fix: bool) -> tuple[Sha, History]:
    """The commit that crashes, and the range between it and the other end."""
    good, bad = lab.resolve("notes"), lab.resolve("removal")
    return (good if fix else bad), lab.history(bad, good, fix=fix)


@pytest.mark.usefixtures("noting")
def test_before_the_commit_that_crashes_was_built_nothing_is_known(lab: KernelLab) -> None:
    _, history = ends(lab, fix=False)
    assert Kind.INERT not in kinds(lab, lab.prior(history, "")).values()


@pytest.mark.usefixtures("noting")
@pytest.mark.parametrize(
    ("fix", "unknown"),
    [
        (False, {"short-lived", "removal"}),  # the file is not there where the bug was seen
        (True, {"short-lived", "removal", "driver", "docs", "both"}),  # nor are these, yet
    ],
)
def test_the_build_of_the_commit_that_crashes_tells_which_commits_cannot_matter(
    lab: KernelLab, tmp_path: Path, fix: bool, unknown: set[str]
) -> None:
    start, history = ends(lab, fix)
    before = lab.prior(history, "")
    lab.build(start, tmp_path / "log")
    prior = lab.prior(history, "")
    inert = {name for name, kind in kinds(lab, prior).items() if kind == Kind.INERT}
    assert inert == {"driver", "docs"} - unknown
    assert prior.groups != before.groups or fix


@pytest.mark.usefixtures("noting")
def test_commits_that_cannot_matter_build_the_kernel_of_their_parent(
    lab: KernelLab, tmp_path: Path
) -> None:
    start, history = ends(lab, fix=False)
    lab.build(start, tmp_path / "log")
    prior = lab.prior(history, "")
    signatures = {sha: lab.build(sha, tmp_path / "log").signature for sha in history.parents}
    for sha, kind in prior.kinds.items():
        (parent,) = history.parents[sha]
        if kind == Kind.INERT:
            assert signatures[sha] == signatures[parent]
        elif signatures[sha] != signatures[parent]:
            assert lab.commit(sha).subject.removeprefix("demo: ") in {"header", "both"}
