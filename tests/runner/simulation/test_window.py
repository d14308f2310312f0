"""Windows: order, containment, who can be told apart, and repositories."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import InputError
from runner.search import History
from runner.simulation import Window
from tests.runner.search.worlds import git, git_repository


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Small graphs of any shape below one newest commit, named by numbers."""
    size = draw(st.integers(2, 12))
    parents: dict[str, tuple[str, ...]] = {"0": ()}
    for number in range(1, size):
        some = draw(st.sets(st.integers(0, number - 1), min_size=1, max_size=3))
        parents[str(number)] = tuple(str(parent) for parent in sorted(some, reverse=True))
    heads = set(parents) - {parent for some in parents.values() for parent in some}
    parents["tip"] = tuple(sorted(heads))
    newest_first = dict(reversed(parents.items()))
    return Window(History(newest_first, good="0", bad="tip"), dict.fromkeys(parents, ()))


def ancestors(history: History, sha: str) -> set[str]:
    found = {sha}
    for parent in history.parents[sha]:
        found |= ancestors(history, parent)
    return found


@given(windows())
def test_the_order_has_parents_first_and_containment_is_ancestry(window: Window) -> None:
    history = window.history
    assert sorted(window.shas) == sorted(history.parents)
    for sha in window.shas:
        assert all(window.index[p] < window.index[sha] for p in history.parents[sha])
        inside = {window.shas[i] for i in np.flatnonzero(window.containing(window.index[sha]))}
        assert inside == {other for other in window.shas if sha in ancestors(history, other)}


@given(windows(), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_told_apart_is_what_comparing_everybody_with_everybody_says(
    window: Window, rng: random.Random
) -> None:
    speaking = np.array([rng.random() < 0.6 for _ in window.shas])
    speaking[[window.bad, window.good or 0]] = True
    heard = {
        sha: frozenset(
            other
            for other, speaks in zip(window.shas, speaking, strict=True)
            if speaks and sha in ancestors(window.history, other)
        )
        for sha in window.shas
    }
    for sha in window.shas:
        alone = list(heard.values()).count(heard[sha]) == 1
        assert window.told_apart(window.index[sha], speaking) == alone


def test_a_repository_gives_graph_and_paths(tmp_path: Path) -> None:
    parents = git_repository(tmp_path / "r", random.Random(3), commits=60)
    shas = list(parents)
    window = Window.from_git(tmp_path / "r", shas[-1], "main")
    assert set(window.shas) == set(shas)
    assert window.history.parents[shas[0]] == parents[shas[0]]
    assert (window.shas[-1], window.history.good) == (shas[0], shas[-1])
    expected = {
        sha: tuple(git(tmp_path / "r", "show", "--format=", "--name-only", sha).split())
        for sha in shas[:-1]
        if len(parents[sha]) == 1
    }
    assert {sha: paths for sha, paths in window.paths.items() if paths} == expected
    assert all(expected.values())


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ("main", "main", "no later commit"),
        ("main", "main~5", "no later commit"),
        ("nowhere", "main", "unknown commit"),
        ("main~5", "--all", "unknown commit"),
    ],
)
def test_ends_that_are_none_are_refused(tmp_path: Path, good: str, bad: str, reason: str) -> None:
    git_repository(tmp_path / "r", random.Random(3), commits=20)
    with pytest.raises(InputError, match=reason):
        Window.from_git(tmp_path / "r", good, bad)


def test_a_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Window.from_git(tmp_path / "nothing", "a", "b")
