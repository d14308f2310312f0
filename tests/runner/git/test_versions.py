"""The releases of trees without tags."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.git import released
from runner.git.versions import releases
from runner.search import History
from tests.runner.git.test_bounds import Repository

MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
VERSION = {}
PATCHLEVEL = {}
SUBLEVEL = {}
EXTRAVERSION ={}
NAME = Whatever

all: vmlinux
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


def version(repo: Repository, *fields: object, rest: str = "") -> str:
    (repo.path / "Makefile").write_text(MAKEFILE.format(*fields) + rest)
    repo.git("add", "Makefile")
    return repo.commit(f"Linux {fields}")


def test_releases_are_where_the_makefile_says_so(repo: Repository) -> None:
    repo.commit("before all")
    v61 = version(repo, 6, 1, 0, "")
    version(repo, 6, 2, 0, " -rc1")
    repo.commit("work")
    version(repo, 6, 2, 0, " -rc2")
    v62 = version(repo, 6, 2, 0, "")
    version(repo, 6, 2, 0, "", rest="# more\n")
    v621 = version(repo, 6, 2, 1, "")
    version(repo, 6, 3, 0, " -rc1")
    head = repo.commit("newest")
    assert released(repo.mirror, head) == {"v6.2.1": v621, "v6.2": v62, "v6.1": v61}
    assert released(repo.mirror, v62) == {"v6.2": v62, "v6.1": v61}


def test_a_version_may_come_in_by_a_merge(repo: Repository) -> None:
    base = version(repo, 6, 1, 0, "")
    version(repo, 6, 2, 0, " -rc1")
    v62 = version(repo, 6, 2, 0, "")
    repo.branch("vendor", base)
    repo.commit("of the vendor")
    merged = repo.merge(v62)
    assert released(repo.mirror, merged) == {"v6.2": merged, "v6.1": base}


@pytest.mark.parametrize("makefile", [None, "all:\n\tcc main.c\n", "VERSION = x\nPATCHLEVEL =\n"])
def test_a_tree_that_is_not_linux_has_no_releases(repo: Repository, makefile: str | None) -> None:
    if makefile is not None:
        (repo.path / "Makefile").write_text(makefile)
        repo.git("add", "Makefile")
    head = repo.commit("base")
    assert released(repo.mirror, head) == {}


def test_a_history_without_tags_reaches_back_to_a_release_and_no_further(repo: Repository) -> None:
    repo.commit("ancient")
    v61 = version(repo, 6, 1, 0, "")
    work = repo.commit("work")
    v62 = version(repo, 6, 2, 0, "")
    head = repo.commit("newest")
    history = History.from_git(repo.path, None, head)
    assert history.releases == {"v6.2": v62, "v6.1": v61}
    assert list(history.parents) == [head, v62, work, v61]
    repo.git("tag", "v6.2", v62)
    assert History.from_git(repo.path, None, head).releases == {"v6.2": v62}


def test_what_a_diff_says_without_sense_is_no_release() -> None:
    assert releases("VERSION = 6\nPATCHLEVEL = 1\n", [("a", ""), ("b", "-VERSION = next")]) == {
        "v6.1": "b"
    }
