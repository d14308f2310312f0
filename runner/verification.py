"""What is checked before anybody is told of a culprit: what to run for it, and what came out. Pure.

A culprit is a claim: this commit crashes, its parent does not, and without it the crash is gone. A
fix claims the opposite of each. Runs that the search made count as much as those made for this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from runner.search.findings import HOPELESS, TELLING
from runner.values import Outcome, Sha

SURE = 0.99
"""With this probability a crash would have shown in the runs in which none did."""
LEAST_RUNS, MOST_RUNS = 3, 20
CRASHES = 2
"""What is said to crash has to do it so often: one crash may be a coincidence."""
PATIENCE = 2
"""A revision whose runs tell nothing gets so many times its runs before it is given up."""


class Result(StrEnum):
    """What came out of a check."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"
    """It could not be checked, which is no proof against the culprit."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its result, as a sentence without its full stop."""

    name: str
    result: Result
    words: str


class Part(StrEnum):
    """A commit that is run to verify a culprit."""

    CULPRIT = "culprit"
    PARENT = "parent"
    REVERT = "revert"
    """The newest commit of the range without the culprit."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a part."""

    outcomes: Sequence[Outcome] = ()
    built: bool | None = None
    """None: nobody tried yet."""
    signature: str = ""
    why_not: str = ""
    """Why there is no such commit; empty when there is one."""

    @property
    def runs(self) -> int:
        """Those that tell something about the bug."""
        return sum(self.outcomes.count(outcome) for outcome in TELLING)

    @property
    def crashes(self) -> int:
        return self.outcomes.count(Outcome.CRASH)

    @property
    def is_hopeless(self) -> bool:
        never_boots = not self.runs and self.outcomes.count(Outcome.BOOT_FAILED) >= HOPELESS
        return bool(self.why_not) or self.built is False or never_boots


@dataclass(frozen=True, slots=True)
class Case:
    """A culprit with all that is known of it."""

    parts: Mapping[Part, Known]
    base: Sha
    """What the culprit is reverted on."""
    fix: bool = False
    is_merge: bool = False
    is_release: bool = False
    reported: Known = field(default_factory=Known)
    """The commit that the bug was reported for, if it is none of the parts."""

    def crashes(self, part: Part) -> bool:
        """Whether the part has the bug, if the culprit is the one."""
        return (part is Part.CULPRIT) != self.fix

    def rate(self, without: Part | None = None) -> float:
        """Share of crashing runs where the bug is expected, or in all of those but one part."""
        expected = [part for part in Part if self.crashes(part) and part is not without]
        seen = [self.reported, *(self.parts[part] for part in expected)]
        runs = sum(one.runs for one in seen)
        return sum(one.crashes for one in seen) / runs if runs else 0.0

    def runs(self, part: Part) -> int:
        """How many runs of a part are enough."""
        crashes = CRASHES if self.crashes(part) else 1
        return max(LEAST_RUNS, min(MOST_RUNS, runs_to_show(self.rate(), crashes)))

    def missing(self, part: Part) -> int:
        """How many more runs of a part are needed; 0 when it has told enough, or never will."""
        tested = self.parts[part]
        if tested.is_hopeless or tested.crashes >= (CRASHES if self.crashes(part) else 1):
            return 0
        runs = self.runs(part)
        return max(0, min(runs - tested.runs, PATIENCE * runs - len(tested.outcomes)))

    def checks(self) -> list[Check]:
        """Every check, once nothing is missing."""
        merge = _fact("merge", not self.is_merge, "it is not a merge", "it is a merge")
        release = _fact(
            "release",
            not self.is_release,
            "it is not a release commit",
            "it is a release commit",
        )
        return [merge, release, self._signature(), *(self._check(part) for part in Part)]

    def _signature(self) -> Check:
        ours, parents = (self.parts[part].signature for part in (Part.CULPRIT, Part.PARENT))
        if not ours or not parents:
            words = "its kernel could not be compared with its parent's"
            return Check("signature", Result.UNCHECKED, words)
        return _fact(
            "signature",
            ours != parents,
            "it builds another kernel than its parent",
            "it builds the same kernel as its parent",
        )

    def _check(self, part: Part) -> Check:
        tested = self.parts[part]
        if tested.why_not:
            return Check(part, Result.UNCHECKED, f"{self._who(part)}: {tested.why_not}")
        if tested.built is False or not tested.runs:
            result, words = Result.UNCHECKED, _trouble(tested)
        elif self.crashes(part):
            result, words = self._shows(part)
        else:
            result, words = self._is_quiet(part)
        return Check(part, result, f"{self._who(part)} {words}")

    def _shows(self, part: Part) -> tuple[Result, str]:
        tested = self.parts[part]
        count = _counted(tested)
        if tested.crashes >= CRASHES:
            return Result.PASSED, count
        if tested.runs < self.runs(part):
            return Result.UNCHECKED, f"{count}, and other runs told nothing"
        is_gone = not tested.crashes and chance_to_show(self.rate(part), tested.runs) >= SURE
        if not is_gone and runs_to_show(self.rate(), CRASHES) > MOST_RUNS:
            return Result.UNCHECKED, f"{count}: the bug is too rare to show twice"
        return Result.FAILED, f"{count} only" if tested.crashes else count

    def _is_quiet(self, part: Part) -> tuple[Result, str]:
        tested = self.parts[part]
        count = _counted(tested)
        if tested.crashes:
            return Result.FAILED, count
        if tested.runs < self.runs(part):
            return Result.UNCHECKED, f"{count}, and other runs told nothing"
        chance = chance_to_show(self.rate(), tested.runs)
        doubt = "" if chance >= SURE else f": a crash would have shown with {100 * chance:.0f} %"
        return Result.PASSED, count + doubt

    def _who(self, part: Part) -> str:
        match part:
            case Part.CULPRIT:
                return "it"
            case Part.PARENT:
                return "its parent"
            case Part.REVERT:
                return f"{self.base[:12]} with it reverted"


def runs_to_show(rate: float, crashes: int = 1) -> int:
    """How many runs a crash of this rate needs to show so often, as sure as we want to be; one
    more than the most when it needs more than those.
    """
    runs = range(crashes, MOST_RUNS + 1)
    enough = (count for count in runs if chance_to_show(rate, count, crashes) >= SURE)
    return next(enough, MOST_RUNS + 1)


def chance_to_show(rate: float, runs: int, crashes: int = 1) -> float:
    """How likely a crash of this rate shows at least so often."""
    fewer = (math.comb(runs, n) * rate**n * (1 - rate) ** (runs - n) for n in range(crashes))
    return 1 - sum(fewer)


def _fact(name: str, holds: bool, words: str, otherwise: str) -> Check:
    result = Result.PASSED if holds else Result.FAILED
    return Check(name, result, words if holds else otherwise)


def _counted(tested: Known) -> str:
    runs = "1 run" if tested.runs == 1 else f"{tested.runs} runs"
    return (
        f"crashed in {tested.crashes} of {runs}" if tested.crashes else f"did not crash in {runs}"
    )


def _trouble(tested: Known) -> str:
    if tested.built is False:
        return "does not build"
    if tested.outcomes.count(Outcome.BOOT_FAILED) * 2 > len(tested.outcomes):
        return "does not boot"
    return "told nothing of the bug in its runs"
