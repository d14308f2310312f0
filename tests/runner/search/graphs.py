"""Small random histories and what may have been seen in them, for tests by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from runner.search import Evidence, History, Outcome
from runner.values import Sha

Parents: TypeAlias = dict[Sha, tuple[Sha, ...]]

OUTSIDE = ("x0", "x1")
"""Parents that no history here has."""
UNKNOWN = "unknown"
"""A commit that no history here has, and none descends from."""
TAGS = ("v5.0", "v5.1", "v5.1.4", "v5.2", "v5.3", "v5.4", "v5.4-rc1")


def examples(count: int) -> settings:
    """So many, though some draws are no cases."""
    patience = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=count, suppress_health_check=patience)


def newest_first(lines: Iterable[tuple[Sha, Sequence[Sha]]]) -> Parents:
    """A graph that was told oldest commit first."""
    return {sha: tuple(parents) for sha, parents in reversed(list(lines))}


def line(commits: int) -> Parents:
    """`c0` and so many commits one after the other."""
    return newest_first((f"c{n}", (f"c{n - 1}",) if n else ()) for n in range(commits + 1))


def walk(parents: Mapping[Sha, Sequence[Sha]], sha: Sha) -> frozenset[Sha]:
    """The ancestors of a commit within a graph, and itself: the plain way."""
    seen, stack = set[Sha](), [sha]
    while stack:
        one = stack.pop()
        if one in parents and one not in seen:
            seen.add(one)
            stack += parents[one]
    return frozenset(seen)


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> Parents:
    """Merges, octopuses, several roots, the same parent twice, parents outside; newest first."""
    lines: list[tuple[Sha, Sequence[Sha]]] = []
    for n in range(draw(st.integers(1, most))):
        older = [f"c{i}" for i in range(n)]
        straight = st.just(older[-1:])
        anything = st.lists(st.sampled_from([*older, *OUTSIDE]), max_size=4)
        lines.append((f"c{n}", draw(straight | anything)))
    return newest_first(lines)


@st.composite
def histories(draw: st.DrawFn, most: int = 9, fix: bool = False) -> History:
    """A range of a random graph; branches may be older than `good`, which may be no ancestor."""
    parents = draw(graphs(most))
    shas = list(parents)
    bad = draw(st.just(shas[0]) | st.sampled_from(shas))
    goods: list[Sha | None] = [sha for sha in shas if bad not in walk(parents, sha)]
    good = draw(st.sampled_from(goods if fix else [None, *goods])) if goods or not fix else None
    assume(good is not None or not fix)
    inside = walk(parents, bad) - (walk(parents, good) if good else frozenset())
    tagged = sorted(walk(parents, bad))
    releases = draw(st.dictionaries(st.sampled_from(TAGS), st.sampled_from(tagged), max_size=4))
    weights = st.just(0.0) | st.floats(0.01, 100.0)
    prior = draw(st.none() | st.dictionaries(st.sampled_from([*shas, UNKNOWN]), weights))
    if prior and not any(prior.get(sha, 1.0) for sha in inside):
        prior = None
    return History(parents, good=good, bad=bad, releases=releases, fix=fix, prior=prior)


@st.composite
def evidence(
    draw: st.DrawFn, history: History, *, outcomes: Sequence[Outcome] = tuple(Outcome)
) -> list[Evidence]:
    """What may have been seen, in any order and parts, of commits that exist and that do not."""
    record = st.builds(
        Evidence,
        st.sampled_from([*history.parents, UNKNOWN]),
        st.lists(st.sampled_from(outcomes), max_size=10),
        st.booleans(),
    )
    return draw(st.lists(record, max_size=7))


@st.composite
def signed(draw: st.DrawFn, records: Sequence[Evidence]) -> list[Evidence]:
    """The same with signatures: the revisions are of few different binaries."""
    shas = sorted({one.sha for one in records})
    binary = {sha: draw(st.sampled_from(("", "one", "two"))) for sha in shas}
    return [replace(one, signature=binary[one.sha]) for one in records]


def grown(rng: Random, commits: int) -> History:
    """A larger range of merges and side branches, where all descend from the good `c0`."""
    lines: list[tuple[Sha, Sequence[Sha]]] = [("c0", ())]
    for n in range(1, commits):
        recent = [f"c{i}" for i in range(max(0, n - 6), n)]
        some = rng.sample(recent, min(rng.choice((1, 1, 1, 1, 2, 2, 3)), len(recent)))
        lines.append((f"c{n}", some if rng.random() < 0.6 else recent[-1:]))
    parents = newest_first(lines)
    bad = next(iter(parents))
    inside = walk(parents, bad)
    kept = {sha: some for sha, some in parents.items() if sha in inside}
    return History(kept, good="c0", bad=bad)
