"""A whole log, and the views of it that do not care in which words it was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from runner.log import entries as e
from runner.log.entries import Entry, Totals
from runner.log.tested import FEW_RUNS, Role, Test, tests
from runner.log.words import Field, Kind, Said, Whose
from runner.search import Verdict
from runner.values import Sha

T = TypeVar("T")
MOST_RUNS = 1000
"""Of a revision; bisections have tens."""


class Ending(StrEnum):
    CULPRIT = "culprit"
    INCONCLUSIVE = "inconclusive"
    OLDEST = "oldest"
    """The oldest release that was tested has the bug already."""
    HEAD = "head"
    """The newest commit still has it."""
    ERROR = "error"
    UNFINISHED = "unfinished"


_ENDINGS = {
    Said.ON_OLDEST_2019: Ending.OLDEST,
    Said.ON_OLDEST: Ending.OLDEST,
    Said.ON_HEAD_2019: Ending.HEAD,
    Said.ON_HEAD_2023: Ending.HEAD,
    Said.ON_HEAD: Ending.HEAD,
}


@dataclass(frozen=True, slots=True)
class GitStep:
    """One thing that git was told, and what it answered."""

    told: e.GitStart | e.GitVerdict
    left: e.Left | None = None
    choice: e.Choice | None = None
    """What it wants to be tested next; None: it was the last step."""


@dataclass(frozen=True, slots=True)
class Culprit:
    sha: Sha
    subject: str
    shown: e.Shown | None = None
    """None: the log does not show the commit."""
    signature: str = ""
    parent_signature: str = ""

    @property
    def is_merge(self) -> bool:
        return self.shown is not None and len(self.shown.merged) > 1

    @property
    def is_noop(self) -> bool:
        """Its kernel is that of its parent."""
        return bool(self.signature) and self.signature == self.parent_signature


@dataclass(frozen=True, slots=True)
class Log:
    """The entries of a log, in their order."""

    entries: tuple[Entry, ...]
    newline: str = "\n"
    """The end of every line."""
    is_cut: bool = False
    """The last line has no end."""

    @property
    def opening(self) -> e.Opening | None:
        return self._first(e.Opening)

    @property
    def kind(self) -> Kind:
        return self.opening.kind if self.opening else Kind.CAUSE

    @property
    def start(self) -> Sha:
        """The commit that the bug was reported for, or what was taken for it; empty if unknown."""
        sure = self._first(e.Reproducing) or self.opening
        return sure.sha if sure else ""

    @property
    def started(self) -> e.Started | None:
        return self._first(e.Started)

    @property
    def syzkaller(self) -> str:
        found = self._first(e.Syzkaller)
        return found.revision if found else ""

    @property
    def tests(self) -> tuple[Test, ...]:
        """In their order; a commit that was tested twice comes twice. Made anew at each call."""
        return tests(self.entries)

    @property
    def usual_runs(self) -> int:
        """What an `all runs` stands for: the most runs that any revision of this log has, of the
        numbers that syzkaller used, and ten where no run has a number. A number beyond all reason
        is not believed: somebody may have made it up.
        """
        indices = [run.index for run in self._all(e.Run) if run.index is not None]
        return min(max(indices, default=FEW_RUNS - 1) + 1, MOST_RUNS)

    @property
    def git(self) -> tuple[GitStep, ...]:
        """All that git was told, from its start."""
        steps: list[GitStep] = []
        for entry in self.entries:
            match entry:
                case e.GitStart() | e.GitVerdict():
                    steps.append(GitStep(entry))
                case e.Left() if steps:
                    steps[-1] = GitStep(steps[-1].told, entry)
                case e.Choice() if steps:
                    steps[-1] = GitStep(steps[-1].told, steps[-1].left, entry)
        return tuple(steps)

    def verdict_of(self, sha: Sha) -> Verdict | None:
        """What git was told of a commit; where it was not asked, what the commit's runs come to.

        For a fix git's `bad` is the commit that does not crash. None: it was not tested.
        """
        told = [entry.verdict for entry in self._all(e.GitVerdict) if entry.sha == sha]
        if told:
            return told[-1]
        own = [test.verdict for test in self.tests if test.sha == sha]
        if not own:
            return None
        swap = {Verdict.GOOD: Verdict.BAD, Verdict.BAD: Verdict.GOOD}
        return swap.get(own[-1], own[-1]) if self.kind is Kind.FIX else own[-1]

    @property
    def ending(self) -> Ending:
        if self._first(e.First):
            return Ending.CULPRIT
        if self._first(e.Inconclusive):
            return Ending.INCONCLUSIVE
        if self._first(e.Error):
            return Ending.ERROR
        said = [_ENDINGS[one.said] for one in self._all(e.Sentence) if one.said in _ENDINGS]
        if not said:
            return Ending.UNFINISHED
        return Ending.HEAD if self.kind is Kind.FIX else said[-1]

    @property
    def culprit(self) -> Culprit | None:
        """None: no commit was named, or several."""
        found = self._first(e.First)
        if not found:
            return None
        signatures = {entry.whose: entry.value for entry in self._all(e.EndSignature)}
        return Culprit(
            found.sha,
            found.subject,
            self._first(e.Shown),
            signatures.get(Whose.CULPRIT, signatures.get(Whose.CULPRIT_2019, "")),
            signatures.get(Whose.PARENT, signatures.get(Whose.PARENT_2019, "")),
        )

    @property
    def candidates(self) -> tuple[Sha, ...]:
        """The commits that an inconclusive search could not tell apart, each once."""
        return tuple(dict.fromkeys(entry.sha for entry in self._all(e.Candidate)))

    @property
    def totals(self) -> Totals | None:
        return self._first(e.Totals)

    @property
    def crash(self) -> e.CrashReport | None:
        """Title and report of the crash that the result stands for."""
        return self._first(e.CrashReport)

    @property
    def error(self) -> str:
        found = self._first(e.Error)
        return f"{found.reason}\n{found.more}".strip() if found else ""

    @property
    def to(self) -> tuple[str, ...]:
        return self._recipients(Field.TO)

    @property
    def cc(self) -> tuple[str, ...]:
        return self._recipients(Field.CC) + self._recipients(Field.CC_2019)

    @property
    def is_flaky(self) -> bool:
        """Whether the log itself says that the reproducer shows the bug seldom."""
        said = {entry.said for entry in self._all(e.Sentence)}
        flaky = {Said.SEEMS_FLAKY, Said.FLAGGED_FLAKY}
        return bool(said & flaky) or self._first(e.Flaky) is not None

    @property
    def error_probability(self) -> float | None:
        found = self._first(e.ErrorProbability)
        return found.chance if found else None

    def _recipients(self, field: Field) -> tuple[str, ...]:
        lists = [entry.addresses for entry in self._all(e.RecipientList) if entry.field is field]
        return sum(lists, ())

    def _first(self, kind: type[T]) -> T | None:
        return next((entry for entry in self.entries if isinstance(entry, kind)), None)

    def _all(self, kind: type[T]) -> list[T]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


__all__ = ["MOST_RUNS", "Culprit", "Ending", "GitStep", "Log", "Role", "Test"]
