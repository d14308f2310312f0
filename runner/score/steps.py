"""The tested revisions of a log as the score sees them: what each was taken for, and on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.log import Log
from runner.log.entries import Undetermined
from runner.log.values import Role, Test
from runner.log.words import Kind, RunKind
from runner.search import Verdict
from runner.values import Sha

WALK = (Role.RELEASE, Role.HEAD, Role.GOOD)
"""Roles of what is tested to find the range, not to halve it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One tested revision."""

    sha: Sha
    role: Role
    release: str
    crashing: bool | None
    """What it was taken for; None: it could not be told, so it was skipped."""
    quiet: int
    """Runs without a crash."""
    crashes: Mapping[str, int]
    """How often each title was seen."""
    mute: int
    """Runs that say nothing of the bug: the boot failed, or the machine did."""

    @property
    def crashed(self) -> int:
        return sum(self.crashes.values())

    @property
    def told(self) -> int:
        """Runs that say anything."""
        return self.quiet + self.crashed

    @property
    def rate(self) -> float:
        return self.crashed / self.told if self.told else 0.0

    @property
    def titles(self) -> tuple[str, ...]:
        """Of its crashes, the commonest first."""
        return tuple(sorted(self.crashes, key=lambda title: -self.crashes[title]))

    @property
    def walked(self) -> bool:
        """Whether it was tested to find the range."""
        return self.role in WALK


@dataclass(frozen=True, slots=True)
class Tested:
    """All that was tested."""

    start: Step | None
    """The commit that the bug was reported for; None: it was not tested."""
    steps: tuple[Step, ...]
    """What is of the range, or was tested to find it, in the order in which it was asked for.

    What was tested twice is one step, where it stood first. A search that weighs runs tells no
    roles, and what it tests is of the range.
    """


def tested(log: Log) -> Tested:
    grouped: dict[Sha, list[Test]] = {}
    for test in log.tests:
        if test.role in (*WALK, Role.BISECT, Role.START):
            grouped.setdefault(test.sha, []).append(test)
    count = log.usual_runs
    steps = [_step(tests, log.kind, count) for tests in grouped.values()]
    if steps and steps[0].role is Role.START:
        return Tested(steps[0], tuple(steps[1:]))
    return Tested(None, tuple(steps))


def _step(tests: Sequence[Test], kind: Kind, count: int) -> Step:
    """`count` is how many runs an `all runs` stands for."""
    seen = [result for test in tests for result in test.results(count)]
    kinds = Counter(result.kind for result in seen)
    crashes = Counter(result.title for result in seen if result.kind is RunKind.CRASHED)
    quiet = kinds[RunKind.OK]
    mute = len(seen) - quiet - crashes.total()
    first = tests[0]
    crashing = _crashing(tests, kind)
    return Step(first.sha, first.role, first.release, crashing, quiet, crashes, mute)


def _crashing(tests: Iterable[Test], kind: Kind) -> bool | None:
    """What the search took the revision for, when it last was asked."""
    verdict = Verdict.SKIP
    for test in tests:
        if test.answer is not None:
            return _said(test.answer, kind)
        unsaid = any(isinstance(entry, Undetermined) for entry in test.said)
        verdict = Verdict.SKIP if unsaid else test.verdict
    return _said(verdict, Kind.CAUSE)


def _said(verdict: Verdict, kind: Kind) -> bool | None:
    if verdict is Verdict.SKIP:
        return None
    return (verdict is Verdict.BAD) == (kind is Kind.CAUSE)
