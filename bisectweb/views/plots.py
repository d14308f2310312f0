"""The chart of a standing: where its shapes are, in percent of the drawing. Pure.

Heights are square roots of probabilities, as one scale has to show 99 % and what 120 parts share
alike. It never changes, so that steps can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bisectweb.models import Standing

LEFT, RIGHT = 5.0, 95.0
"""Between them lies the range; what is outside of it has a bar on each side."""
FINE = 1000.0
"""Units of the curve's own grid, across and up."""
TICKS = (0.01, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A tested revision on the axis."""

    sha: str
    x: str
    verdict: str
    is_new: bool
    """It was heard of in this step."""


@dataclass(frozen=True, slots=True)
class Tick:
    words: str
    y: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing: of the whole range, or of the close-up."""

    start: float
    end: float
    """In commits from the old end of the range."""
    now: str
    """The area of what is believed, as an SVG path on the fine grid..."""
    before: str
    """... and the outline of what was, empty at first."""
    older: Sequence[str]
    """Heights of the bar left of the range, now and before."""
    newer: Sequence[str]
    marks: Sequence[Mark]

    @property
    def commits(self) -> float:
        return self.end - self.start


def ticks() -> Sequence[Tick]:
    return [Tick(f"{share:.0%}".replace("%", " %"), number(100 - height(share))) for share in TICKS]


def height(share: float) -> float:
    """In percent of the drawing's height."""
    return 100 * sqrt(min(1.0, max(0.0, share)))


def number(value: float) -> str:
    """As SVG wants it, whatever the language of the page."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def plots(row: Standing, before: Standing | None, marks: Sequence[Standing]) -> Sequence[Plot]:
    """The whole range and, where there is one, the close-up. `marks` are of the rows up to it."""
    drawn = [_plot(row, before, marks, 0.0, row.commits)]
    if row.close_start is not None and row.close_end is not None:
        drawn.append(_plot(row, before, marks, row.close_start, row.close_end))
    return drawn


def _plot(
    row: Standing, before: Standing | None, told: Sequence[Standing], start: float, end: float
) -> Plot:
    is_whole = end - start >= row.commits
    count = len(row.whole_shares if is_whole else row.close_shares)
    rows = [row] if before is None else [row, before]
    shares = [_shares(one, start, end, count) for one in rows]
    return Plot(
        start,
        end,
        now=_area(shares[0]),
        before=_outline(shares[1]) if before else "",
        older=[number(height(one.older)) for one in rows],
        newer=[number(height(one.newer)) for one in rows],
        marks=_marks(row, told, start, end),
    )


def _shares(row: Standing, start: float, end: float, count: int) -> Sequence[float]:
    """The probability of each equal part of a stretch, as fine as the row knows it."""
    edges, sums = _sums(row)
    cuts = np.interp(np.linspace(start, end, count + 1), edges, sums)
    shares: list[float] = np.diff(cuts).tolist()
    return shares


def _sums(row: Standing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probability of all that is older than each of some places; the close-up's are finer."""
    edges = np.linspace(0.0, row.commits, len(row.whole_shares) + 1)
    sums = np.concatenate(([0.0], np.cumsum(row.whole_shares)))
    if row.close_start is None or row.close_end is None:
        return edges, sums
    inner = np.linspace(row.close_start, row.close_end, len(row.close_shares) + 1)
    inside = np.concatenate(([0.0], np.cumsum(row.close_shares)))
    older = edges < row.close_start
    newer = edges > row.close_end
    # What the coarse buckets have outside of the close-up is certain at their own edges only.
    base = float(sums[older][-1]) if older.any() else 0.0
    rest = (float(sums[newer][0]) if newer.any() else float(sums[-1])) - base - float(inside[-1])
    before = _apart(edges, row.close_start, row.close_end)
    inside += base + max(0.0, rest) * before
    return (
        np.concatenate((edges[older], inner, edges[newer])),
        np.concatenate((sums[older], inside, sums[newer])),
    )


def _apart(edges: NDArray[np.float64], start: float, end: float) -> float:
    """The part before a stretch of what its first and last bucket have outside of it."""
    left = start - float(edges[edges <= start][-1])
    right = float(edges[edges >= end][0]) - end
    return left / (left + right) if left + right else 0.0


def _steps(shares: Sequence[float]) -> str:
    width = FINE / len(shares)
    return "".join(
        f"V{number(FINE * (1 - height(share) / 100))}H{number(width * (place + 1))}"
        for place, share in enumerate(shares)
    )


def _area(shares: Sequence[float]) -> str:
    return f"M0 {number(FINE)}{_steps(shares)}V{number(FINE)}Z" if shares else ""


def _outline(shares: Sequence[float]) -> str:
    return f"M0 {number(FINE)}{_steps(shares)}V{number(FINE)}" if shares else ""


def _marks(row: Standing, told: Sequence[Standing], start: float, end: float) -> Sequence[Mark]:
    """The revisions that were heard of so far, the newest last, so that it lies on top."""
    latest = {one["sha"]: (at.number, one) for at in told for one in at.moved}
    return [
        Mark(
            sha,
            number(LEFT + (RIGHT - LEFT) * (one["place"] - start) / (end - start)),
            one["verdict"] or "unclear",
            is_new=at == row.number,
        )
        for sha, (at, one) in sorted(latest.items(), key=lambda item: item[1][0])
        if one["place"] is not None and start <= one["place"] <= end
    ]
