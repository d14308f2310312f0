"""How often our culprits were right, by what people said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from django.db.models import QuerySet

from bisectweb.models import Culprit

BUCKETS = (
    (0.99, "0.99 and more"),
    (0.9, "0.9 to 0.99"),
    (0.66, "0.66 to 0.9"),
    (0.0, "below 0.66"),
)
"""Confidences; the first is where a search may name a culprit, the third where doubt begins."""
UNKNOWN = "not known"
Z = 1.96
"""Of 95 %."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of the culprits of one tree or with one confidence."""

    name: str
    confirmed: int = 0
    wrong: int = 0
    unjudged: int = 0

    @property
    def judged(self) -> int:
        return self.confirmed + self.wrong

    @property
    def rate(self) -> float | None:
        """The share that was right; None while nobody has said anything."""
        return self.confirmed / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.confirmed, self.judged)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Between which rates the true one lies, with 95 % (Wilson, 1927); 0 to 1 of nothing."""
    if not count:
        return 0.0, 1.0
    share, weight = hits / count, Z * Z / count
    centre = (share + weight / 2) / (1 + weight)
    reach = Z * sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)


@dataclass(frozen=True, slots=True)
class Statistics:
    everything: Accuracy
    trees: list[Accuracy]
    confidences: list[Accuracy]


def statistics(culprits: QuerySet[Culprit]) -> Statistics:
    """Of those that were found here: what others found says nothing of us."""
    rows = culprits.filter(bisection__imported=False)
    facts = list(rows.values_list("bisection__bug__tree__name", "confidence", "verdict"))
    everything = Accuracy("all", **_counts(verdict for _, _, verdict in facts))
    trees = sorted({tree for tree, _, _ in facts})
    buckets = [words for _, words in BUCKETS] + [UNKNOWN]
    return Statistics(
        everything,
        [
            Accuracy(tree, **_counts(said for name, _, said in facts if name == tree))
            for tree in trees
        ],
        list(_by_confidence(buckets, facts)),
    )


def _by_confidence(
    buckets: Iterable[str], facts: Iterable[tuple[str, float | None, str]]
) -> Iterator[Accuracy]:
    """Those that hold any culprit."""
    for name in buckets:
        said = [verdict for _, confidence, verdict in facts if bucket(confidence) == name]
        if said:
            yield Accuracy(name, **_counts(said))


def bucket(confidence: float | None) -> str:
    if confidence is None:
        return UNKNOWN
    return next((words for bound, words in BUCKETS if confidence >= bound), UNKNOWN)


def _counts(verdicts: Iterable[str]) -> Mapping[str, int]:
    said = list(verdicts)
    return {
        "confirmed": said.count(Culprit.Verdict.CONFIRMED),
        "wrong": said.count(Culprit.Verdict.WRONG),
        "unjudged": said.count(Culprit.Verdict.NONE),
    }
