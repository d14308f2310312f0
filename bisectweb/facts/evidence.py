"""The facts of revisions, their kernels and their runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bisectweb.facts.shallow import shallow
from bisectweb.models import Kernel, PatchRun, Revision, Run
from runner.building.kernels import Kept


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """A built image, shared by every bisection that needs the same."""

    id: int
    key: str
    """Hash of source tree, config and compiler."""
    url: str
    compiler: str
    signature: str
    """Hash of what was built: kernels with the same one behave the same."""
    seconds: float
    """How long the build took."""
    created: datetime
    revisions_count: int
    """Of those that you may see."""
    cached_count: int
    """Those that it was not built anew for."""
    size: int | None
    """Bytes in the cache of this machine; null when it is no longer there."""
    used: datetime | None


@dataclass(frozen=True, slots=True)
class KernelUse:
    """A revision that a kernel was built for."""

    bisection: int
    sha: str


@dataclass(frozen=True, slots=True)
class KernelDetails(KernelFacts):
    """A kernel, those with the same signature, and the revisions that used it."""

    same: list[str]
    """Keys; the runs of any of them count for all."""
    revisions: list[KernelUse]


@dataclass(frozen=True, slots=True)
class BootSummary:
    """One boot with the reproducer."""

    id: int
    url: str
    index: int
    outcome: str
    words: str
    title: str
    alt_titles: list[str]
    type: str
    similarity: float
    """How likely the crash is the bug, from 0 to 1."""
    note: str
    seconds: float | None
    console: str | None
    """The address of the console log; null where none was kept."""
    ended: datetime


@dataclass(frozen=True, slots=True)
class RunSummary(BootSummary):
    """A run, as its revision shows it."""

    taken_from: int | None
    """The run of an earlier bisection that it is: it counts there."""


@dataclass(frozen=True, slots=True)
class RunFacts(RunSummary):
    """One boot with the reproducer, with the crash report of its console."""

    revision: int
    bisection: int
    report: str


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """One commit tested in a bisection: build, runs, verdict."""

    id: int
    bisection: int
    order: int
    sha: str
    role: str
    """What it is tested for: search, parent, revert or config."""
    taken_from: int | None
    """The revision of an earlier bisection whose runs and kernel it took over."""
    variant: int
    subject: str
    release: str
    why: str
    state: str
    verdict: str
    odds: str
    runs_wanted: int
    built: bool | None
    build_cached: bool
    build_seconds: float
    build_error: str
    build_log: str | None
    """The address of what make said; null where nothing was kept."""
    test_seconds: float
    started: datetime | None
    ended: datetime | None
    kernel: int | None
    compiler: str | None
    signature: str | None
    runs: list[RunSummary]


def kernel_facts(kernel: Kernel, revisions: int, cached: int, kept: Kept | None) -> KernelFacts:
    return KernelFacts(
        id=kernel.pk,
        key=kernel.key,
        url=kernel.get_absolute_url(),
        compiler=kernel.compiler,
        signature=kernel.signature,
        seconds=kernel.seconds,
        created=kernel.created,
        revisions_count=revisions,
        cached_count=cached,
        size=kept.size if kept else None,
        used=kept.used if kept else None,
    )


def kernel_details(
    short: KernelFacts, same: Iterable[Kernel], revisions: Iterable[Revision]
) -> KernelDetails:
    return KernelDetails(
        **shallow(short),
        same=[one.key for one in same],
        revisions=[KernelUse(one.bisection_id, one.sha) for one in revisions],
    )


def revision_facts(revision: Revision) -> RevisionFacts:
    kernel = revision.kernel
    log = reverse("revision-build-log", args=[revision.pk]) if revision.build_log else None
    return RevisionFacts(
        id=revision.pk,
        bisection=revision.bisection_id,
        order=revision.order,
        sha=revision.sha,
        role=revision.role,
        taken_from=revision.taken_from_id,
        variant=revision.variant,
        subject=revision.subject,
        release=revision.release,
        why=revision.why,
        state=revision.state,
        verdict=revision.verdict,
        odds=revision.odds,
        runs_wanted=revision.runs_wanted,
        built=revision.built,
        build_cached=revision.build_cached,
        build_seconds=revision.build_seconds,
        build_error=revision.build_error,
        build_log=log,
        test_seconds=revision.test_seconds,
        started=revision.started,
        ended=revision.ended,
        kernel=revision.kernel_id,
        compiler=kernel.compiler if kernel else None,
        signature=kernel.signature if kernel else None,
        runs=[run_summary(run) for run in revision.runs.all()],
    )


def boot_summary(run: Run | PatchRun, route: str) -> BootSummary:
    """`route` is that of its console."""
    return BootSummary(
        id=run.pk,
        url=run.get_absolute_url(),
        index=run.index,
        outcome=run.outcome,
        words=run.words,
        title=run.title,
        alt_titles=run.alt_titles,
        type=run.type,
        similarity=run.similarity,
        note=run.note,
        seconds=run.seconds,
        console=reverse(route, args=[run.pk]) if run.console else None,
        ended=run.ended,
    )


def run_summary(run: Run) -> RunSummary:
    return RunSummary(**shallow(boot_summary(run, "run-console")), taken_from=run.taken_from_id)


def run_facts(run: Run) -> RunFacts:
    return RunFacts(
        **shallow(run_summary(run)),
        revision=run.revision_id,
        bisection=run.revision.bisection_id,
        report=run.report,
    )
