"""The search's own values: what it is told, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from runner.values import Outcome, Sha


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one revision; several for the same sha add up."""

    sha: Sha
    outcomes: Sequence[Outcome] = ()
    built: bool = True


class Verdict(StrEnum):
    """What the runs of a revision say, in git's words. In a fix bisection bad means fixed."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of a strategy. The classic ones are syzkaller's (`pkg/bisect/bisect.go`)."""

    runs: int = 10
    """Runs of a revision; twice as many at the start and once the bug is known to be flaky."""


CLASSIC = Policy()


@dataclass(frozen=True, slots=True)
class Probe:
    """Run this revision so many more times."""

    sha: Sha
    runs: int


@dataclass(frozen=True, slots=True)
class Test:
    """The next probes."""

    probes: Sequence[Probe]

    # The name is the interface's; pytest shall not take it for a test class.
    __test__ = False


@dataclass(frozen=True, slots=True)
class Found:
    """The culprit. `confidence` is the probability that no missed crash led us astray."""

    sha: Sha
    confidence: float


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The range cannot be narrowed further; the culprit is one of `suspects` if any are named."""

    suspects: Sequence[Sha]
    reason: str


@dataclass(frozen=True, slots=True)
class Impossible(Inconclusive):
    """There is nothing to search: the question was wrong. An error, not a result."""


Decision: TypeAlias = Test | Found | Inconclusive


class Phase(StrEnum):
    """Why a revision is tested."""

    START = "start"
    RELEASE = "release"
    HEAD = "head"
    BASE = "base"
    GOOD = "good"
    HALVING = "halving"


@dataclass(frozen=True, slots=True)
class Halving:
    """Where git's halving stands before a step."""

    good: Sha
    bad: Sha
    choice: Sha
    """What git would check out now."""
    left: int
    """Revisions left to test after this one."""
    steps: int
    """Roughly so many steps."""


@dataclass(frozen=True, slots=True)
class Step:
    """One revision the search asked for, in the order in which it asked."""

    phase: Phase
    sha: Sha
    release: str = ""
    halving: Halving | None = None
    """Set while git halves; also for the merge bases that one of its choices is judged by."""
    verdict: Verdict | None = None
    """None while the revision is being tested."""
    assumed: bool = False
    """Not tested: a fix bisection takes it for crashing because it never had the bug."""
