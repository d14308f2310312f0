"""The tested revisions of a log, each with all that was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from runner.log import configs
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


_ROLES: dict[type[Entry] | Said, Role] = {
    e.Release: Role.RELEASE,
    e.Head: Role.HEAD,
    e.GivenGood: Role.GOOD,
    e.MergeBase: Role.BASE,
    e.UntestedParent: Role.PARENT,
    e.GitStart: Role.BISECT,
    e.GitVerdict: Role.BISECT,
    e.Choice: Role.BISECT,
    Said.CONFIG_START: Role.CONFIG,
    Said.INSTRUMENTATION: Role.CONFIG,
    configs.ConfigScript: Role.CONFIG,
    configs.Kconfig: Role.CONFIG,
    configs.TryHalf: Role.CONFIG,
    configs.WithoutChunk: Role.CONFIG,
}
"""What the tests after an entry are for."""


@dataclass
class _Gatherer:
    """Puts entries together to tests, from first to last."""

    role: Role = Role.START
    release: str = ""
    heads: list[tuple[e.Testing, Role, str]] = field(default_factory=list)
    """Of each test its first entry, what it is for, and the release that it is."""
    bodies: list[list[Entry]] = field(default_factory=list)
    """Of each test what comes after its first entry."""
    answers: dict[int, Verdict] = field(default_factory=dict)
    latest: dict[Sha, int] = field(default_factory=dict)
    """The last test of a commit."""
    is_open: bool = False

    def take(self, entry: Entry) -> None:
        match entry:
            case e.Testing(sha):
                self.latest[sha] = len(self.heads)
                self.heads.append((entry, self.role, self.release))
                self.bodies.append([])
                self.is_open = True
            case e.GitVerdict(verdict, sha):
                self.is_open = False
                if sha in self.latest:
                    self.answers[self.latest[sha]] = verdict
            case _ if self.is_open:
                self.bodies[-1].append(entry)
            case _:
                pass
        self._turn(entry)

    def _turn(self, entry: Entry) -> None:
        """What the next test is for."""
        role = _ROLES.get(entry.said if isinstance(entry, e.Sentence) else type(entry))
        if role is not None:
            self.role = role
            self.release = entry.name if isinstance(entry, e.Release) else ""

    def tests(self) -> Iterator[Test]:
        for index, (head, role, release) in enumerate(self.heads):
            yield _test(head, role, release, self.bodies[index], self.answers.get(index))


def _test(
    head: e.Testing, role: Role, release: str, body: Sequence[Entry], answer: Verdict | None
) -> Test:
    compilers = [entry.words for entry in body if isinstance(entry, e.Compiler)]
    signatures = [entry.value for entry in body if isinstance(entry, e.Signature)]
    chances = [entry.chance for entry in body if isinstance(entry, e.FalseNegative)]
    crashes = [entry for entry in body if isinstance(entry, e.Representative)]
    return Test(
        sha=head.sha,
        role=role,
        release=release,
        asked=head.asked or "",
        compiler=(compilers or [head.compiler or ""])[-1],
        signature=(signatures or [""])[-1],
        runs=tuple(entry for entry in body if isinstance(entry, e.Run)),
        failure="".join(map(_failure, body)),
        representative=crashes[-1].title if crashes else "",
        types=crashes[-1].types if crashes else (),
        false_negative=chances[-1] if chances else None,
        said=tuple(filter(_is_said_of_runs, body)),
        answer=answer,
    )


def _failure(entry: Entry) -> str:
    match entry:
        case e.BuildOutput(text):
            return text
        case e.FailedBuilding(reason=reason, more=more):
            return f"{reason}\n{more}"
        case e.FailedReproducer(reason=reason, more=more):
            return f"{reason}\n{more}"
        case _:
            return ""


def _is_said_of_runs(entry: Entry) -> bool:
    return isinstance(entry, e.Undetermined) or (
        isinstance(entry, e.Sentence) and entry.said in (Said.SEEMS_FLAKY, Said.TOO_MANY_NEITHER)
    )


def tests(entries: Sequence[Entry]) -> tuple[Test, ...]:
    """The tested revisions, in their order; a commit that was tested twice comes twice."""
    gatherer = _Gatherer()
    for entry in entries:
        gatherer.take(entry)
    return tuple(gatherer.tests())
