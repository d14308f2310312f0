"""What stands in a bisection log, entry by entry: a line each, or a line and the text below it.

Entries know nothing of the words around their fields; `runner.log.forms` has those.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.log.words import Duration, Field, Kind, Result, Said, Whose
from runner.search import Verdict
from runner.values import Sha


class Entry:
    """One line of a log, or a line and the text below it.

    A text, `text` or `more`, is whole lines with their ends.
    """

    __slots__ = ()


# The beginning.


@dataclass(frozen=True, slots=True)
class Started(Entry):
    """Since July 2022."""

    host: str
    time: str
    """As Go prints it, with the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Opening(Entry):
    kind: Kind
    sha: Sha
    early: bool = False
    """In the words of 2018."""


@dataclass(frozen=True, slots=True)
class Syzkaller(Entry):
    """The revision of syzkaller that is built."""

    revision: str


@dataclass(frozen=True, slots=True)
class FetchFailed(Entry):
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Reidentified(Entry):
    """A start commit that vanished from its tree, and what was taken for it."""

    sha: Sha
    title: str


@dataclass(frozen=True, slots=True)
class Reproducing(Entry):
    """Said before the test of the start commit, since September 2022."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Remark(Entry):
    """A line that begins with `# ` and is no command of git's: what our own logs add."""

    text: str


# What is tested next.


@dataclass(frozen=True, slots=True)
class Picked(Entry):
    """The releases of the walk."""

    releases: tuple[str, ...]
    tags: int | None
    """Out of how many; None where a wrong format string of 2023 garbled the line."""


@dataclass(frozen=True, slots=True)
class Release(Entry):
    name: str


@dataclass(frozen=True, slots=True)
class Head(Entry):
    sha: Sha


@dataclass(frozen=True, slots=True)
class GivenGood(Entry):
    """Ours: the good commit that a person named."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Reachable(Entry):
    """A commit that crashed contains the guilty one, for a fix."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class MergeBase(Entry):
    sha: Sha


@dataclass(frozen=True, slots=True)
class NotOnMergeBase(Entry):
    """Why a search across trees has no range."""

    reason: str


@dataclass(frozen=True, slots=True)
class UntestedParent(Entry):
    """Built only to compare its signature with the culprit's."""

    sha: Sha


# The test of a revision.


@dataclass(frozen=True, slots=True)
class Testing(Entry):
    sha: Sha
    asked: str | None = None
    """The type of compiler that was asked for, since July 2022."""
    compiler: str | None = None
    """The compiler's own line, until July 2021."""


@dataclass(frozen=True, slots=True)
class Compiler(Entry):
    """The compiler and the linker that were used."""

    words: str


@dataclass(frozen=True, slots=True)
class Signature(Entry):
    """Hash over what the kernel is made of."""

    value: str


@dataclass(frozen=True, slots=True)
class Run(Entry):
    index: int | None
    """None: of all runs."""
    result: Result
    more: str = ""
    """Further lines of the result."""
    early: bool = False
    """In the words of the first days of 2018."""


@dataclass(frozen=True, slots=True)
class FailedBuilding(Entry):
    sha: Sha
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class FailedReproducer(Entry):
    """The reproducer itself could not be tested."""

    sha: Sha | None
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Representative(Entry):
    title: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undetermined(Entry):
    """Too few runs said anything."""

    good: int
    wanted_good: int
    wanted_total: int
    total: int


@dataclass(frozen=True, slots=True)
class FalseNegative(Entry):
    """How likely a commit that counts as good would crash after all."""

    chance: float


@dataclass(frozen=True, slots=True)
class BuildOutput(Entry):
    """What stands below a test's head instead of runs."""

    text: str


# Git's.


@dataclass(frozen=True, slots=True)
class GitStart(Entry):
    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class GitVerdict(Entry):
    verdict: Verdict
    sha: Sha


@dataclass(frozen=True, slots=True)
class Left(Entry):
    """How many revisions git would still have to test after its choice."""

    revisions: int
    steps: int


@dataclass(frozen=True, slots=True)
class Choice(Entry):
    sha: Sha
    subject: str


@dataclass(frozen=True, slots=True)
class MergeBaseIsBad(Entry):
    sha: Sha


@dataclass(frozen=True, slots=True)
class FixedBetween(Entry):
    """What git makes of a bad merge base."""

    base: Sha
    good: tuple[Sha, ...]


@dataclass(frozen=True, slots=True)
class Candidate(Entry):
    """One of the commits that could be the first bad one."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class FirstBad(Entry):
    """Git's answer. It says bad for the fix of a bug, too."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Shown(Entry):
    """The commit, as git prints it below its answer."""

    sha: Sha
    author: str
    """Name and address."""
    date: str
    message: str
    """Without git's indent and the last newline."""
    changes: str
    """All that stands below the message: a diffstat, or names of changed trees."""
    merged: tuple[str, ...] = ()
    """The parents of a merge, abbreviated."""


@dataclass(frozen=True, slots=True)
class GitOutput(Entry):
    """What else git said."""

    text: str


# The end.


@dataclass(frozen=True, slots=True)
class ErrorProbability(Entry):
    """The product of what was left to chance in the good steps of git's search."""

    chance: float


@dataclass(frozen=True, slots=True)
class EndSignature(Entry):
    whose: Whose
    value: str


@dataclass(frozen=True, slots=True)
class CheckFailed(Entry):
    """What could not be found out of the culprit: `release` or `noop change`."""

    what: str
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Flaky(Entry):
    """Since 2023, of a reproducer that shows the bug seldom."""

    chance: float


@dataclass(frozen=True, slots=True)
class Totals(Entry):
    revisions: int
    total: Duration
    build: Duration
    test: Duration


@dataclass(frozen=True, slots=True)
class Inconclusive(Entry):
    """The candidates come below it."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class First(Entry):
    """The culprit."""

    kind: Kind
    sha: Sha
    subject: str


@dataclass(frozen=True, slots=True)
class CommitMessage(Entry):
    """Of the commit where a search without a result came to its end."""

    title: str


@dataclass(frozen=True, slots=True)
class RecipientList(Entry):
    field: Field
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrashReport(Entry):
    """The report reaches to the end of the log."""

    title: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Error(Entry):
    """Why the bisection failed; reaches to the end of the log."""

    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Unknown(Entry):
    """Lines that no form has, where they stood."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence(Entry):
    said: Said
