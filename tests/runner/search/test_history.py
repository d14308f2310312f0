"""A history read from a repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from runner.errors import InputError
from runner.search import BAYES, Evidence, History, Outcome, Test, decide, suspects
from tests.runner.search.worlds import git, git_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "r"
    git_repository(path, Random(4), 60)
    root = git(path, "rev-list", "--max-parents=0", "main").split()[-1]
    git(path, "tag", "v1.0", root)
    return path


def test_its_ends_may_be_given_by_any_name(repository: Path) -> None:
    tip, root = (git(repository, "rev-parse", name).strip() for name in ("main", "v1.0"))
    named, given = (History.from_git(repository, *ends) for ends in (("v1.0", "main"), (root, tip)))
    assert (named.good, named.bad) == (root, tip)
    assert named == given


def test_a_name_that_git_does_not_know_is_said(repository: Path) -> None:
    with pytest.raises(InputError, match="unknown commit 'nope'"):
        History.from_git(repository, "nope", "main")


def test_without_a_good_commit_its_releases_bound_it(repository: Path) -> None:
    history = History.from_git(repository, None, "main")
    assert history.releases == {"v1.0": history.floor}
    assert isinstance(decide(history, [], BAYES), Test)
    assert len(suspects(history, [], BAYES)) == len(history.parents)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="the prior's weight of a is"):
        History({"a": ()}, bad="a", prior={"a": weight})


def test_where_nothing_has_a_price_all_the_same_something_is_asked() -> None:
    world = History({"c": ("b",), "b": ("a",), "a": ()}, good="a", bad="c")
    free = replace(BAYES, build_minutes=0.0, run_minutes=0.0)
    known = [Evidence("c", [Outcome.CRASH] * 3)]
    assert isinstance(decide(world, known, free), Test)
