"""Ancestors by prefix sums are the ancestors of the plain walk."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search.ancestry import Ancestry, Weights
from runner.values import Sha
from tests.runner.search.graphs import Parents, examples, graphs, line, newest_first, walk

many = examples(70)


@st.composite
def weighed(draw: st.DrawFn, numbers: st.SearchStrategy[float]) -> tuple[Parents, dict[Sha, float]]:
    """A graph in any order of its commits, and a number for each."""
    parents = draw(graphs(most=16))
    shuffled = draw(st.permutations(list(parents)))
    weights = draw(st.lists(numbers, min_size=len(parents), max_size=len(parents)))
    return {sha: parents[sha] for sha in shuffled}, dict(zip(shuffled, weights, strict=True))


def placed(graph: Ancestry, weights: dict[Sha, float]) -> Weights:
    return np.array([weights[sha] for sha in graph.order], float)


@many
@given(weighed(st.just(1.0)))
def test_every_commit_follows_its_parents_and_has_its_place(
    given: tuple[Parents, dict[Sha, float]],
) -> None:
    parents, _ = given
    graph = Ancestry(parents)
    assert sorted(graph.order) == sorted(parents)
    assert [graph.position[sha] for sha in graph.order] == list(range(len(graph)))
    for sha, some in parents.items():
        assert all(graph.position[p] < graph.position[sha] for p in some if p in parents)


@many
@given(weighed(st.just(1.0)))
def test_a_row_is_what_a_walk_reaches(given: tuple[Parents, dict[Sha, float]]) -> None:
    parents, _ = given
    graph = Ancestry(parents)
    for sha in parents:
        reached = {graph.order[place] for place in np.flatnonzero(graph.row(sha)).tolist()}
        assert reached == walk(parents, sha)


@many
@given(weighed(st.integers(-(2**40), 2**40).map(float)))
def test_sums_of_whole_numbers_are_exact_in_both_directions(
    given: tuple[Parents, dict[Sha, float]],
) -> None:
    parents, weights = given
    graph = Ancestry(parents)
    above = graph.sums(placed(graph, weights))
    below = graph.sums_below(placed(graph, weights))
    below_whole = graph.sums_below(placed(graph, weights).astype(np.int64))
    inside = {sha: walk(parents, sha) for sha in parents}
    for sha, place in graph.position.items():
        assert above[place] == sum(weights[other] for other in inside[sha])
        contain = sum(weights[other] for other in parents if sha in inside[other])
        assert below[place] == contain
        assert below_whole[place] == contain


@many
@given(weighed(st.floats(0, 1)))
def test_sums_of_fractions_are_as_near_as_floats_allow(
    given: tuple[Parents, dict[Sha, float]],
) -> None:
    parents, weights = given
    graph = Ancestry(parents)
    above = graph.sums(placed(graph, weights))
    below = graph.sums_below(placed(graph, weights))
    for sha, place in graph.position.items():
        inside = sum(weights[other] for other in walk(parents, sha))
        contain = sum(weights[other] for other in parents if sha in walk(parents, other))
        assert (above[place], below[place]) == pytest.approx((inside, contain), abs=1e-13)


def test_a_line_longer_than_any_stack_is_no_trouble() -> None:
    length = 5 * sys.getrecursionlimit()
    parents = line(length)
    graph = Ancestry(parents)
    ones = np.ones(len(graph))
    middle = f"c{length // 2}"
    assert graph.row(middle).sum() == length // 2 + 1
    assert graph.sums(ones)[graph.position[middle]] == length // 2 + 1
    assert graph.sums_below(ones)[graph.position[middle]] == length - length // 2 + 1


@pytest.mark.parametrize("newest", [True, False])
def test_a_ladder_of_two_thousand_merges_is_counted_exactly(newest: bool) -> None:
    """Two branches that merge each other at every step: `a7` and `b7` contain all below."""
    steps = 1000
    rungs = [
        (f"{rail}{n}", (f"{rail}{n - 1}", f"{other}{n - 1}") if n else ())
        for n in range(steps)
        for rail, other in ("ab", "ba")
    ]
    parents = newest_first(rungs) if newest else dict(rungs)
    graph = Ancestry(parents)
    above, below = graph.sums(np.ones(len(graph))), graph.sums_below(np.ones(len(graph)))
    for n in range(steps):
        for rail in "ab":
            place = graph.position[f"{rail}{n}"]
            assert above[place] == 2 * n + 1
            assert below[place] == 2 * (steps - 1 - n) + 1
    row = graph.row("a500")
    assert row.sum() == 1001
    assert row[graph.position["b499"]]
    assert not row[graph.position["b500"]]


def test_many_topics_forked_at_old_commits_are_counted_exactly() -> None:
    """Step n of the mainline merges a topic of two commits, forked half way down."""
    steps = 600
    lines: list[tuple[Sha, tuple[Sha, ...]]] = [("m0", ())]
    for n in range(1, steps):
        lines += [(f"s{n}", (f"m{n // 2}",)), (f"t{n}", (f"s{n}",))]
        lines.append((f"m{n}", (f"m{n - 1}", f"t{n}")))
    graph = Ancestry(newest_first(lines))
    above = graph.sums(np.ones(len(graph)))
    for n in range(steps):
        assert above[graph.position[f"m{n}"]] == 3 * n + 1
    for n in range(1, steps):
        assert above[graph.position[f"t{n}"]] == 3 * (n // 2) + 1 + 2


def test_a_merge_of_everything_at_once_is_counted_exactly() -> None:
    roots = [(f"r{n}", ("x0",)) for n in range(300)]
    graph = Ancestry(newest_first([*roots, ("all", [sha for sha, _ in roots])]))
    assert graph.row("all").all()
    assert graph.sums(np.ones(len(graph)))[graph.position["all"]] == 301
    assert [graph.row(sha).sum() for sha, _ in roots] == [1] * 300
