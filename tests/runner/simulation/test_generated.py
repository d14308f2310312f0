"""Made-up histories: their size, shape and changes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import InputError
from runner.simulation import Window, generate
from runner.simulation.generated import KINDS


def merge_share(window: Window) -> float:
    parents = window.history.parents
    return sum(len(some) > 1 for some in parents.values()) / len(parents)


@given(st.sampled_from(sorted(KINDS)), st.integers(100, 900), st.integers(0, 10**6))
@settings(max_examples=40)
def test_a_history_is_a_graph_of_exactly_the_asked_size(kind: str, commits: int, seed: int) -> None:
    history = generate(kind, commits, seed).history
    order = list(history.parents)
    assert history.good is not None
    assert len(history.candidates(history.bad, [history.good])) == commits == len(order) - 1
    assert (order[0], order[-1]) == (history.bad, history.good)
    seen = set[str]()
    for sha in reversed(order):  # every parent in the range is older than its child: no cycle
        inside = [parent for parent in history.parents[sha] if parent in history.parents]
        assert seen.issuperset(inside)
        seen.add(sha)


@pytest.mark.parametrize(
    ("kind", "commits", "least", "most"),
    [
        ("kernel", 500, 0.10, 0.25),
        ("kernel", 2000, 0.08, 0.15),
        ("kernel", 15_000, 0.07, 0.12),
        ("git", 500, 0.22, 0.30),
        ("git", 4000, 0.24, 0.29),
        ("line", 1000, 0.0, 0.0),
    ],
)
def test_the_share_of_merges_is_that_of_the_kind(
    kind: str, commits: int, least: float, most: float
) -> None:
    assert least <= merge_share(generate(kind, commits, seed=3)) <= most


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_seed_decides_everything(kind: str) -> None:
    one, same, other = (generate(kind, 300, seed) for seed in (1, 1, 2))
    assert (one.history, one.paths) == (same.history, same.paths)
    assert one.paths != other.paths


def test_a_kernel_window_has_old_branches_back_merges_and_releases(kernel: Window) -> None:
    history = kernel.history
    assert kernel.good is not None
    assert (~kernel.containing(kernel.good)).sum() > 200, "branches that were forked before"
    assert len(history.boundary(history.bad)) > 3
    assert any(tag.startswith("v5.") for tag in history.releases)
    merges = [parents for parents in history.parents.values() if len(parents) > 1]
    tagged = set(history.releases.values())
    back = [parents for parents in merges if parents[1] in tagged]
    nested = [parents for parents in merges if parents[0] not in tagged]
    assert len(nested) > 20
    assert back or len(history.boundary(history.bad)) > 3


def test_a_topic_window_has_short_branches_of_various_age(topics: Window) -> None:
    position = topics.index
    ages = [
        position[merge] - position[parents[1]]
        for merge, parents in topics.history.parents.items()
        if len(parents) > 1 and parents[1] in position
    ]
    assert min(ages) < 10
    assert max(ages) > 30


def test_merges_change_nothing_and_other_commits_something(kernel: Window) -> None:
    for sha, parents in kernel.history.parents.items():
        assert bool(kernel.paths[sha]) == (len(parents) < 2)


def test_few_files_are_hot_and_many_are_cold(kernel: Window) -> None:
    changes = Counter(path for paths in kernel.paths.values() for path in paths)
    ranked = [count for _, count in changes.most_common()]
    tenth = len(ranked) // 10
    assert sum(ranked[:tenth]) > 0.25 * sum(ranked)
    assert ranked[0] < 0.05 * len(kernel.shas)
    assert sum(count == 1 for count in ranked) > 0.4 * len(ranked)
    assert any(path.startswith("Documentation/") for path in changes)


def test_a_branch_stays_in_its_part_of_the_tree(topics: Window) -> None:
    """Neighbours on a branch change the same folder much more often than strangers do."""

    def folders(sha: str) -> set[str]:
        return {path.rpartition("/")[0] for path in topics.paths[sha]}

    lines = [
        (sha, parents[0])
        for sha, parents in topics.history.parents.items()
        if len(parents) == 1 and topics.paths.get(parents[0])
    ]
    near = sum(bool(folders(one) & folders(two)) for one, two in lines) / len(lines)
    strangers = [(one, lines[i - 7][1]) for i, (one, _) in enumerate(lines)]
    far = sum(bool(folders(one) & folders(two)) for one, two in strangers) / len(strangers)
    assert near > 0.5 > 0.2 > far


def test_a_window_too_small_for_branches_is_refused() -> None:
    with pytest.raises(InputError, match="at least 100"):
        generate("kernel", 99, seed=1)
