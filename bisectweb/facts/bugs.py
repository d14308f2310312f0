"""The facts of bugs and of their crashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisectweb.access import Person, sees
from bisectweb.facts.bisections import BisectionSummary, bisection_summary
from bisectweb.facts.shallow import shallow
from bisectweb.facts.situations import situation
from bisectweb.facts.trees import TreeName, tree_name
from bisectweb.models import Bug, Crash
from bisectweb.reports import best_report
from bisectweb.situation import sentence


@dataclass(frozen=True, slots=True)
class BugSummary:
    """A bug, as lists show it."""

    id: int
    url: str
    title: str
    state: str
    stands: str
    """What is known of it and what happens next, in one sentence."""
    fix: str
    """The title of the commit that fixes it; empty where nobody has said."""
    duplicate_of: int | None
    subsystems: list[str]
    priority: str
    no_reminders: bool
    tree: TreeName
    created: datetime
    active: datetime
    """When anything last happened to it."""
    crash_count: int
    has_reproducer: bool
    bisected: str
    """How far the latest bisection is; none where there is none."""
    bisections: list[BisectionSummary]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class CrashSummary:
    """A crash without its large parts."""

    id: int
    bug: int
    title: str
    commit: str
    commit_title: str
    language: str
    repeat: bool
    procs: int
    bits: int
    created: datetime


@dataclass(frozen=True, slots=True)
class CrashFacts(CrashSummary):
    """A crash with all that is needed to see it again."""

    config: str
    reproducer: str
    report: str
    guilty_file: str
    missing: list[str]
    """What a bisection would lack."""


@dataclass(frozen=True, slots=True)
class BugFacts(BugSummary):
    """A bug with its newest crash."""

    crash: CrashFacts | None


def bug_summary(bug: Bug, reader: Person) -> BugSummary:
    same = bug.duplicate_of
    return BugSummary(
        id=bug.pk,
        url=bug.get_absolute_url(),
        title=bug.title,
        state=bug.state,
        stands=sentence(situation(bug, reader)),
        fix=bug.fix,
        duplicate_of=same.pk if same and sees(reader, same) else None,
        subsystems=bug.subsystem_names,
        priority=bug.priority,
        no_reminders=bug.no_reminders,
        tree=tree_name(bug.tree),
        created=bug.created,
        active=bug.active,
        crash_count=bug.crash_count,
        has_reproducer=bug.has_reproducer,
        bisected=bug.bisected,
        bisections=[bisection_summary(one) for one in bug.bisections.all()],
    )


def bug_facts(bug: Bug, crash: Crash | None, reader: Person) -> BugFacts:
    return BugFacts(
        **shallow(bug_summary(bug, reader)), crash=crash_facts(crash) if crash else None
    )


def crash_summary(crash: Crash) -> CrashSummary:
    return CrashSummary(
        id=crash.pk,
        bug=crash.bug_id,
        title=crash.title,
        commit=crash.commit,
        commit_title=crash.commit_title,
        language=crash.language,
        repeat=crash.repeat,
        procs=crash.procs,
        bits=crash.bits,
        created=crash.created,
    )


def crash_facts(crash: Crash) -> CrashFacts:
    return CrashFacts(
        **shallow(crash_summary(crash)),
        config=crash.config,
        reproducer=crash.reproducer,
        report=crash.report,
        guilty_file=best_report(crash).guilty_file,
        missing=crash.missing,
    )
