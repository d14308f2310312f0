"""The facts of second looks: by the rules of today, and at two bisections side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpinionFacts:
    """One revision, by the search's verdict and by the rules of today."""

    revision: int
    sha: str
    verdict: str
    today: str
    """Empty where the runs do not say enough."""
    odds: float
    """How much likelier its runs are if it has the bug than if it has not, as a power of ten."""
    turns: bool
    """Whether the search would have gone the other way from here."""


@dataclass(frozen=True, slots=True)
class ComparedFacts:
    """One thing that is said of two bisections, in words."""

    name: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class BothFacts:
    """A commit that both tested, with the revisions of each."""

    sha: str
    one: int
    other: int
    is_contrary: bool
    """One calls it good, the other bad."""
    is_other_kernel: bool
    """It became another kernel."""


@dataclass(frozen=True, slots=True)
class ComparisonFacts:
    """Two bisections of a bug side by side. Numbers are those of revisions."""

    one: int
    other: int
    """The bisections."""
    facts: list[ComparedFacts]
    both: list[BothFacts]
    only_one: list[int]
    only_other: list[int]
    fork: tuple[int, int] | None
    """The first step at which they asked for different commits."""
