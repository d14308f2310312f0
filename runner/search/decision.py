"""The search's own values: what it is told, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from runner.search.rates import NOISE, Noise
from runner.values import Outcome, Sha


@dataclass(frozen=True, slots=True)
class Alike:
    """Other crashes of a revision that may be the bug under another title."""

    title: str
    similarity: float
    """How likely that is the bug, from 0 to 1 (`runner.console.similarity`)."""
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one revision; several for the same sha add up."""

    sha: Sha
    outcomes: Sequence[Outcome] = ()
    built: bool = True
    signature: str = ""
    """Of the kernel: revisions with equal signatures are one binary, and pool their runs."""
    alike: Sequence[Alike] = ()
    """Which of the other crashes, that are among the outcomes too, may be the bug."""


class Verdict(StrEnum):
    """What the runs of a revision say, in git's words. In a fix bisection bad means fixed."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ClassicPolicy:
    """Fixed counts of runs, and git's halving. The numbers are syzkaller's (`pkg/bisect`)."""

    runs: int = 10
    """Runs of a revision; twice as many at the start and once the bug is known to be flaky."""


@dataclass(frozen=True, slots=True)
class BayesPolicy:
    """Every run is evidence: what it may cost, and when it is enough. Minutes are wall minutes."""

    confidence: float = 0.99
    """Name a culprit at this probability."""
    build_minutes: float = 7.0
    run_minutes: float = 0.7
    """One boot with the reproducer. The prices are the means of a bisection on Google's cloud."""
    vms: int = 1
    """So many runs of one revision go on at once."""
    budget_minutes: float = 1440.0
    calibration_crashes: int = 3
    calibration_runs: int = 60
    """The commit that crashes is run until so many crashes, or so often: does it reproduce?"""
    far_end: float = 0.03
    """How likely the other end of the range is no such end: the bug is older, or not yet fixed."""
    open_end: float = 0.1
    """How likely the bug is older than all of the history, when no good commit was given."""
    near_end: float = 0.01
    """How likely the commit said to crash has no bug."""
    noise: Noise = NOISE
    ready: frozenset[Sha] | None = None
    """The tested revisions that need no build to be run again; None: all, as kernels are kept."""

    def build_again(self, sha: Sha) -> float:
        """Minutes until a revision that was tested before can be run."""
        return 0.0 if self.ready is None or sha in self.ready else self.build_minutes


Policy: TypeAlias = ClassicPolicy | BayesPolicy

CLASSIC = ClassicPolicy()
BAYES = BayesPolicy()


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
    """The culprit, and how sure we are of it."""

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
