"""Git's own choice of the next commit to bisect.

Written after the rules of git 2.39's `bisect.c`, so that the same questions give the same steps:
`find_bisection`, `approx_halfway`, `best_bisection`, `filter_skipped`, `skip_away`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.search.history import History
from runner.values import Sha

PRN_MODULO = 32768


@dataclass(frozen=True, slots=True)
class Choice:
    """The next commit, or the bad one itself when nothing else is left to test."""

    sha: Sha
    left: int
    """Revisions left to test after this one."""
    steps: int
    skipped: Sequence[Sha]
    """Candidates passed over because they were skipped."""


def choose(history: History, bad: Sha, goods: Collection[Sha], skips: Collection[Sha]) -> Choice:
    """What `git bisect` would check out next."""
    candidates = history.candidates(bad, goods)
    weights = history.weights(candidates)
    if skips:
        ranked = _ranked(weights)
        best, passed = ranked[0], [sha for sha in ranked if sha in skips]
        chosen = best if best not in skips else _skip_away(ranked, bad, skips)
    else:
        # Git looks at its list from the oldest commit on.
        chosen = best = _first_halfway(history, candidates[::-1], weights)
        passed = []
    total = len(candidates)
    return Choice(chosen, total - weights[best] - 1, estimate_steps(total), passed)


def estimate_steps(total: int) -> int:
    """Git's guess of how many steps a range of `total` commits still takes."""
    if total < 3:
        return 0
    exponent = total.bit_length() - 1
    power = 1 << exponent
    return exponent if power < 3 * (total - power) else exponent - 1


def _first_halfway(
    history: History, oldest_first: Sequence[Sha], weights: Mapping[Sha, int]
) -> Sha:
    total = len(oldest_first)
    for sha in _visits(history, oldest_first):
        if _is_halfway(weights[sha], total):
            return sha
    return max(oldest_first, key=lambda sha: min(weights[sha], total - weights[sha]))


def _visits(history: History, oldest_first: Sequence[Sha]) -> Iterator[Sha]:
    """The order in which git learns weights: merges, then what follows from known parents.

    Commits without a parent in the range are never looked at on the way: git gives them their
    weight before it starts to look for the middle.
    """
    inside = set(oldest_first)
    parents = {sha: [p for p in history.parents[sha] if p in inside] for sha in oldest_first}
    known = {sha for sha in oldest_first if len(parents[sha]) != 1}
    yield from (sha for sha in oldest_first if len(parents[sha]) > 1)
    waiting = [sha for sha in oldest_first if sha not in known]
    while waiting:
        still = []
        for sha in waiting:
            if known.isdisjoint(parents[sha]):
                still.append(sha)
            else:
                known.add(sha)
                yield sha
        waiting = still


def _is_halfway(weight: int, total: int) -> bool:
    difference = abs(2 * weight - total)
    return difference <= 1 or difference < total // 1024


def _ranked(weights: Mapping[Sha, int]) -> list[Sha]:
    total = len(weights)
    return sorted(weights, key=lambda sha: (-min(weights[sha], total - weights[sha]), sha))


def _skip_away(ranked: Iterable[Sha], bad: Sha, skips: Collection[Sha]) -> Sha:
    """A commit some way down the ranking, so that a broken neighbourhood is left behind."""
    usable = [sha for sha in ranked if sha not in skips]
    count = len(usable)
    random = ((count * 1103515245 + 12345) % 2**32 // 65536) % PRN_MODULO
    index = (count * random // PRN_MODULO) * _square_root(random) // _square_root(PRN_MODULO)
    if usable[index] != bad:
        return usable[index]
    return usable[index - 1] if index else usable[0]


def _square_root(value: int) -> int:
    """Git's own integer square root, by Newton's method in steps of half."""
    if not value:
        return 0
    root = float(value)
    while True:
        better = (root + value / root) / 2
        if abs(better - root) < 0.5:
            return int(better)
        root = better
