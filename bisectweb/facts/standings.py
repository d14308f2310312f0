"""The facts of the steps of a search: what was believed after each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bisectweb.models import Standing


@dataclass(frozen=True, slots=True)
class HeardFacts:
    """A revision that a step heard of, in words."""

    sha: str
    revision: int | None
    why: str
    """Why it was picked."""
    said: str
    """What its runs said."""
    verdict: str
    moved: str
    """What its new runs did to the odds."""


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """One look at the evidence: how likely each part of the range was then."""

    number: int
    """0: before any run."""
    at: datetime
    commits: float
    """In the whole range."""
    whole: list[float]
    """Probabilities of equal parts of the range, from its old end on."""
    close: list[float]
    """The same of the stretch from `close_start` to `close_end`; empty without a close-up."""
    close_start: float | None
    close_end: float | None
    older: float
    newer: float
    """Probabilities that the change is older than the range, and that it is not even in its end."""
    entropy: float
    """Bits that are missing to know the culprit."""
    credible: float
    """The fewest commits that together are credible."""
    minutes_left: float | None
    suspects: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    """Revisions that were heard of since the step before."""
    asked: list[dict[str, Any]]
    """What was asked for then, and why."""
    heard: list[HeardFacts]
    """The step told in words: `moved`, with the reasons."""


def standing_facts(standing: Standing, heard: Iterable[HeardFacts]) -> StandingFacts:
    return StandingFacts(
        number=standing.number,
        at=standing.at,
        commits=standing.commits,
        whole=list(standing.whole_shares),
        close=list(standing.close_shares),
        close_start=standing.close_start,
        close_end=standing.close_end,
        older=standing.older,
        newer=standing.newer,
        entropy=standing.entropy,
        credible=standing.credible,
        minutes_left=standing.minutes_left,
        suspects=standing.suspects,
        moved=standing.moved,
        asked=standing.asked,
        heard=list(heard),
    )
