"""What stands in a bisection log, entry by entry: a line each, or a line and the text below it.

Entries know nothing of the words around their fields; `runner.log.forms` has those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from runner.log.words import Duration, Field, Kind, Result, Said, Whose
from runner.search import Verdict
from runner.values import Sha

# The beginning.


@dataclass(frozen=True, slots=True)
class Started:
    """Since July 2022."""

    host: str
    time: str
    """As Go prints it, with the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Opening:
    kind: Kind
    sha: Sha
    early: bool = False
    """In the words of 2018."""


@dataclass(frozen=True, slots=True)
class Syzkaller:
    """The revision of syzkaller that is built."""

    revision: str


@dataclass(frozen=True, slots=True)
class FetchFailed:
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Reidentified:
    """A start commit that vanished from its tree, and what was taken for it."""

    sha: Sha
    title: str


@dataclass(frozen=True, slots=True)
class Reproducing:
    """Said before the test of the start commit, since September 2022."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Remark:
    """A line that begins with `# ` and is no command of git's: what our own logs add."""

    text: str


# What is tested next.


@dataclass(frozen=True, slots=True)
class Picked:
    """The releases of the walk."""

    releases: tuple[str, ...]
    tags: int | None
    """Out of how many; None where a wrong format string of 2023 garbled the line."""


@dataclass(frozen=True, slots=True)
class Release:
    name: str


@dataclass(frozen=True, slots=True)
class Head:
    sha: Sha


@dataclass(frozen=True, slots=True)
class GivenGood:
    """Ours: the good commit that a person named."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Reachable:
    """A commit that crashed contains the guilty one, for a fix."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class MergeBase:
    sha: Sha


@dataclass(frozen=True, slots=True)
class NotOnMergeBase:
    """Why a search across trees has no range."""

    reason: str


@dataclass(frozen=True, slots=True)
class UntestedParent:
    """Built only to compare its signature with the culprit's."""

    sha: Sha


# The test of a revision.


@dataclass(frozen=True, slots=True)
class Testing:
    sha: Sha
    asked: str | None = None
    """The type of compiler that was asked for, since July 2022."""
    compiler: str | None = None
    """The compiler's own line, until July 2021."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler and the linker that were used."""

    words: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Hash over what the kernel is made of."""

    value: str


@dataclass(frozen=True, slots=True)
class Run:
    index: int | None
    """None: of all runs."""
    result: Result
    more: str = ""
    """Further lines of the result."""
    early: bool = False
    """In the words of the first days of 2018."""


@dataclass(frozen=True, slots=True)
class FailedBuilding:
    sha: Sha
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class FailedReproducer:
    """The reproducer itself could not be tested."""

    sha: Sha | None
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Representative:
    title: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Too few runs said anything."""

    good: int
    wanted_good: int
    wanted_total: int
    total: int


@dataclass(frozen=True, slots=True)
class FalseNegative:
    """How likely a commit that counts as good would crash after all."""

    chance: float


@dataclass(frozen=True, slots=True)
class BuildOutput:
    """What stands below a test's head instead of runs."""

    text: str


# Git's.


@dataclass(frozen=True, slots=True)
class GitStart:
    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class GitVerdict:
    verdict: Verdict
    sha: Sha


@dataclass(frozen=True, slots=True)
class Left:
    """How many revisions git would still have to test after its choice."""

    revisions: int
    steps: int


@dataclass(frozen=True, slots=True)
class Choice:
    sha: Sha
    subject: str


@dataclass(frozen=True, slots=True)
class MergeBaseIsBad:
    sha: Sha


@dataclass(frozen=True, slots=True)
class FixedBetween:
    """What git makes of a bad merge base."""

    base: Sha
    good: tuple[Sha, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the commits that could be the first bad one."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class FirstBad:
    """Git's answer. It says bad for the fix of a bug, too."""

    sha: Sha


@dataclass(frozen=True, slots=True)
class Shown:
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
class GitOutput:
    """What else git said."""

    text: str


# A smaller config.


@dataclass(frozen=True, slots=True)
class ConfigScript:
    """config-bisect.pl was told of a config."""

    verdict: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class ConfigChanges:
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kconfig:
    base: int
    full: int
    diff: int
    chunks: bool
    """In the words of 2023."""


@dataclass(frozen=True, slots=True)
class TryHalf:
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultingConfigs:
    options: str


@dataclass(frozen=True, slots=True)
class Disabling:
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SplitChunks:
    needed: bool
    lengths: str
    """Such as `<12>, <3, final>`."""


@dataclass(frozen=True, slots=True)
class SplitChunk:
    index: int
    length: int
    parts: int


@dataclass(frozen=True, slots=True)
class WithoutChunk:
    index: int
    parts: int


@dataclass(frozen=True, slots=True)
class PredicateLimit:
    runs: int


@dataclass(frozen=True, slots=True)
class Minimised:
    configs: int
    suspects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadKconfig:
    reason: str
    more: str = ""


# The end.


@dataclass(frozen=True, slots=True)
class ErrorProbability:
    """The product of what was left to chance in the good steps of git's search."""

    chance: float


@dataclass(frozen=True, slots=True)
class EndSignature:
    whose: Whose
    value: str


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """What could not be found out of the culprit: `release` or `noop change`."""

    what: str
    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Flaky:
    """Since 2023, of a reproducer that shows the bug seldom."""

    chance: float


@dataclass(frozen=True, slots=True)
class Totals:
    revisions: int
    total: Duration
    build: Duration
    test: Duration


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The candidates come below it."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class First:
    """The culprit."""

    kind: Kind
    sha: Sha
    subject: str


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """Of the commit where a search without a result came to its end."""

    title: str


@dataclass(frozen=True, slots=True)
class RecipientList:
    field: Field
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrashReport:
    """The report reaches to the end of the log."""

    title: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Error:
    """Why the bisection failed; reaches to the end of the log."""

    reason: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Lines that no form has, where they stood."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    said: Said


Entry: TypeAlias = (
    Started
    | Opening
    | Syzkaller
    | FetchFailed
    | Reidentified
    | Reproducing
    | Remark
    | Picked
    | Release
    | Head
    | GivenGood
    | Reachable
    | MergeBase
    | NotOnMergeBase
    | UntestedParent
    | Testing
    | Compiler
    | Signature
    | Run
    | FailedBuilding
    | FailedReproducer
    | Representative
    | Undetermined
    | FalseNegative
    | BuildOutput
    | GitStart
    | GitVerdict
    | Left
    | Choice
    | MergeBaseIsBad
    | FixedBetween
    | Candidate
    | FirstBad
    | Shown
    | GitOutput
    | ConfigScript
    | ConfigChanges
    | Kconfig
    | TryHalf
    | ResultingConfigs
    | Disabling
    | SplitChunks
    | SplitChunk
    | WithoutChunk
    | PredicateLimit
    | Minimised
    | BadKconfig
    | ErrorProbability
    | EndSignature
    | CheckFailed
    | Flaky
    | Totals
    | Inconclusive
    | First
    | CommitMessage
    | RecipientList
    | CrashReport
    | Error
    | Unknown
    | Sentence
)
