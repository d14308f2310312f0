"""The tested revisions of a log, each with all that was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from runner.log import entries as e
from runner.log.entries import Entry
from runner.log.words import Result, RunKind, Said
from runner.search import Verdict
from runner.values import Sha

FEW_RUNS = 10
"""How many runs an `all runs` stands for, where nothing else tells."""


class Role(StrEnum):
    """What a revision was tested for."""

    START = "start"
    CONFIG = "config"
    RELEASE = "release"
    HEAD = "head"
    GOOD = "good"
    BASE = "base"
    BISECT = "bisect"
    PARENT = "parent"
    """Of the culprit: only built."""


@dataclass(frozen=True, slots=True)
class Test:
    """One tested revision."""

    __test__ = False  # no test of pytest's

    sha: Sha
    role: Role
    release: str = ""
    """The name of the release that it was tested as."""
    asked: str = ""
    """The type of compiler that was asked for."""
    compiler: str = ""
    signature: str = ""
    runs: tuple[e.Run, ...] = ()
    """As they stand: one without an index is all of them."""
    failure: str = ""
    """Why it was not built or not run; empty when there are runs."""
    representative: str = ""
    """The title of the crash that stands for all of them."""
    types: tuple[str, ...] = ()
    false_negative: float | None = None
    said: tuple[Entry, ...] = ()
    """What else was said of its runs."""
    answer: Verdict | None = None
    """What git was told of it. For a fix, `bad` is the commit that does not crash."""

    def results(self, count: int = FEW_RUNS) -> tuple[Result, ...]:
        """Of each run; `count` is how many runs an `all runs` stands for."""
        return tuple(
            run.result for run in self.runs for _ in range(count if run.index is None else 1)
        )

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the crashes, each once."""
        crashes = [run.result.title for run in self.runs if run.result.kind is RunKind.CRASHED]
        return tuple(dict.fromkeys(crashes))

    @property
    def verdict(self) -> Verdict:
        """What the runs come to, by syzkaller's rule; `bad` is a commit that crashes."""
        kinds = Counter(result.kind for result in self.results())
        if kinds[RunKind.CRASHED]:
            return Verdict.BAD
        is_good = kinds[RunKind.OK] and 2 * kinds[RunKind.OK] >= kinds.total()
        return Verdict.GOOD if is_good else Verdict.SKIP


_ROLES: dict[type[Entry], Role] = {
    e.Release: Role.RELEASE,
    e.Head: Role.HEAD,
    e.GivenGood: Role.GOOD,
    e.MergeBase: Role.BASE,
    e.UntestedParent: Role.PARENT,
    e.GitStart: Role.BISECT,
    e.GitVerdict: Role.BISECT,
    e.Choice: Role.BISECT,
    e.Kconfig: Role.CONFIG,
    e.WithoutChunk: Role.CONFIG,
    e.TryHalf: Role.CONFIG,
    e.ConfigScript: Role.CONFIG,
}
_CONFIG_SAID = (Said.INSTRUMENTATION, Said.CONFIG_START)
_OF_RUNS = (Said.SEEMS_FLAKY, Said.TOO_MANY_NEITHER)


@dataclass
class _Gatherer:
    """Puts entries together to tests, from first to last."""

    done: list[Test] = field(default_factory=list)
    role: Role = Role.START
    release: str = ""
    test: Test | None = None

    def take(self, entry: Entry) -> None:
        match entry:
            case e.Testing(sha, asked, compiler):
                self.end()
                self.test = Test(
                    sha, self.role, self.release, asked=asked or "", compiler=compiler or ""
                )
            case e.GitVerdict(verdict, sha):
                self.end()
                self._answered(sha, verdict)
            case e.Sentence(said) if said in _CONFIG_SAID:
                self.role, self.release = Role.CONFIG, ""
            case _ if self.test is not None:
                self.test = _with(self.test, entry)
            case _:
                pass
        if type(entry) in _ROLES:
            self.role = _ROLES[type(entry)]
            self.release = entry.name if isinstance(entry, e.Release) else ""

    def _answered(self, sha: Sha, verdict: Verdict) -> None:
        for index in reversed(range(len(self.done))):
            if self.done[index].sha == sha:
                self.done[index] = replace(self.done[index], answer=verdict)
                return

    def end(self) -> None:
        if self.test is not None:
            self.done.append(self.test)
            self.test = None


def _with(test: Test, entry: Entry) -> Test:
    """The test, with what one more entry says of it."""
    match entry:
        case e.Compiler(words):
            return replace(test, compiler=words)
        case e.Signature(value):
            return replace(test, signature=value)
        case e.Run():
            return replace(test, runs=(*test.runs, entry))
        case _:
            return replace(_with_remarks(test, entry), failure=test.failure + _failure(entry))


def _failure(entry: Entry) -> str:
    match entry:
        case e.BuildOutput(text):
            return text
        case (
            e.FailedBuilding(reason=reason, more=more)
            | e.FailedReproducer(reason=reason, more=more)
        ):
            return f"{reason}\n{more}"
        case _:
            return ""


def _with_remarks(test: Test, entry: Entry) -> Test:
    match entry:
        case e.Representative(title, types):
            return replace(test, representative=title, types=types)
        case e.FalseNegative(chance):
            return replace(test, false_negative=chance)
        case e.Undetermined():
            return replace(test, said=(*test.said, entry))
        case e.Sentence(said) if said in _OF_RUNS:
            return replace(test, said=(*test.said, entry))
        case _:
            return test


def tests(entries: Sequence[Entry]) -> Iterator[Test]:
    """The tested revisions, in their order; a commit that was tested twice comes twice."""
    gatherer = _Gatherer()
    for entry in entries:
        gatherer.take(entry)
    gatherer.end()
    yield from gatherer.done
