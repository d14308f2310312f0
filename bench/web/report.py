"""The table of a measurement, and what of it misses what is required."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from bench.web.readers import Answer
from bench.web.targets import MOST, Cost

LIMIT = 0.150
"""Seconds, of 95 in 100 answers."""


@dataclass(frozen=True, slots=True)
class Times:
    """Of the answers of one page, in seconds."""

    count: int
    median: float
    p95: float
    longest: float


def times(answers: Sequence[Answer]) -> Times:
    seconds = sorted(answer.seconds for answer in answers)
    if len(seconds) == 1:
        seconds *= 2
    cuts = quantiles(seconds, n=20, method="inclusive")
    return Times(len(answers), cuts[9], cuts[18], seconds[-1])


def by_page(answers: Sequence[Answer]) -> Mapping[str, Times]:
    pages: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        pages[answer.name].append(answer)
    return {name: times(some) for name, some in pages.items()}


def table(costs: Mapping[str, Cost], calm: Sequence[Answer], busy: Sequence[Answer]) -> str:
    """The slowest page first; milliseconds."""
    slow, hurried = by_page(calm), by_page(busy)
    lines = [f"{'':50} queries  work   p50   p95   max | no pause: p50   p95   max"]
    for name in sorted(slow, key=lambda name: -slow[name].p95):
        lines.append(_line(name, costs[name], slow[name], hurried.get(name)))
    lines.append(_line("all", dearest(costs.values()), times(calm), times(busy)))
    return "\n".join(lines)


def dearest(costs: Iterable[Cost]) -> Cost:
    """The most that any of them takes of each."""
    every = list(costs)
    return Cost(
        max(cost.status for cost in every),
        max(cost.queries for cost in every),
        max(cost.work for cost in every),
    )


def _line(name: str, cost: Cost, slow: Times, hurried: Times | None) -> str:
    more = f"          {_figures(hurried)}" if hurried else ""
    return f"{name:50} {cost.queries:7} {cost.work * 1000:5.0f} {_figures(slow)} |{more}"


def _figures(found: Times) -> str:
    return " ".join(
        f"{seconds * 1000:5.0f}" for seconds in (found.median, found.p95, found.longest)
    )


def misses(costs: Mapping[str, Cost], calm: Sequence[Answer]) -> Iterator[str]:
    """In words, what is required and not reached. How quick readers without a pause are served is
    not judged: they take turns.
    """
    for name, cost in costs.items():
        if cost.queries > MOST:
            yield f"{name}: {cost.queries} queries"
    for name, found in by_page(calm).items():
        if found.p95 >= LIMIT:
            yield f"{name}: {found.p95 * 1000:.0f} ms"
    for name, status in sorted({(one.name, one.status) for one in calm if one.status != 200}):
        yield f"{name}: status {status}"
