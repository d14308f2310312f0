"""The facts of patch tests and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bisectweb.access import Person, sees
from bisectweb.facts.evidence import BootSummary, boot_summary
from bisectweb.facts.shallow import shallow
from bisectweb.facts.trees import TreeName, tree_name
from bisectweb.models import PatchRun, PatchTest
from bisectweb.outbound.patch_mails import doubt, summary


@dataclass(frozen=True, slots=True)
class PatchTestSummary:
    """A patch test, as lists show it."""

    id: int
    url: str
    bug: int
    crash: int
    tree: TreeName | None
    """Null where you may not see it."""
    asked: str
    """A branch, tag or commit of the tree."""
    patch: str | None
    """The address of the patch; null: the commit as it is."""
    state: str
    result: str
    """Empty as long as nobody knows."""
    activity: str
    reason: str
    """Why there is no result, or what our own machine suffers from right now."""
    created: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class PatchTestFacts(PatchTestSummary):
    """A patch test with its build and its runs."""

    summary: str
    """The result in a sentence; empty before the end."""
    doubt: str
    """How sure nobody can be of a patch after which nothing crashed."""
    title: str
    """The crash that is compared with; empty: any crash counts."""
    known_crashes: int
    known_runs: int
    """In how many of how many runs the bug showed without the patch."""
    base: str
    subject: str
    sha: str
    """What is built: the base, or what was made of it and the patch."""
    built: bool | None
    build_seconds: float
    build_error: str
    build_log: str | None
    """The address of what make said; null where nothing was kept."""
    compiler: str | None
    signature: str | None
    test_seconds: float
    runs_wanted: int
    runs: list[BootSummary]


@dataclass(frozen=True, slots=True)
class PatchRunFacts(BootSummary):
    """One boot of a patch test, with the crash report of its console."""

    patch_test: int
    report: str


def patch_test_summary(test: PatchTest, reader: Person) -> PatchTestSummary:
    return PatchTestSummary(
        id=test.pk,
        url=test.get_absolute_url(),
        bug=test.bug_id,
        crash=test.crash_id,
        tree=tree_name(test.tree) if sees(reader, test.tree) else None,
        asked=test.asked,
        patch=reverse("patch-test-patch", args=[test.pk]) if test.patch else None,
        state=test.state,
        result=test.result,
        activity=test.activity,
        reason=test.reason,
        created=test.created,
        started=test.started,
        ended=test.ended,
    )


def patch_test_facts(test: PatchTest, runs: Sequence[PatchRun], reader: Person) -> PatchTestFacts:
    kernel = test.kernel
    log = reverse("patch-test-build-log", args=[test.pk]) if test.build_log else None
    return PatchTestFacts(
        **shallow(patch_test_summary(test, reader)),
        # In the mail there is more below it.
        summary=summary(test).rstrip(":.") + "." if test.is_done else "",
        doubt=doubt(test),
        title=test.title,
        known_crashes=test.known_crashes,
        known_runs=test.known_runs,
        base=test.base,
        subject=test.subject,
        sha=test.sha,
        built=test.built,
        build_seconds=test.build_seconds,
        build_error=test.build_error,
        build_log=log,
        compiler=kernel.compiler if kernel else None,
        signature=kernel.signature if kernel else None,
        test_seconds=test.test_seconds,
        runs_wanted=test.runs_wanted,
        runs=[boot_summary(run, "patch-run-console") for run in runs],
    )


def patch_run_facts(run: PatchRun) -> PatchRunFacts:
    return PatchRunFacts(
        **shallow(boot_summary(run, "patch-run-console")),
        patch_test=run.patch_test_id,
        report=run.report,
    )
