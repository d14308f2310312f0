"""The facts of the service itself: who works, and how often its culprits were right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bisectweb.accuracy import Accuracy, Statistics, Toll
from bisectweb.jobs import Job
from bisectweb.models import Worker


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a worker has in hand."""

    slot: int | None
    bisection: int | None
    """Null where you may not see it, and for a patch test."""
    what: str


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """A machine that works on bisections. What it says of itself is empty until it has."""

    id: int
    name: str
    at: datetime
    """Its last sign of life."""
    since: datetime
    is_silent: bool
    slots: int
    drained: datetime | None
    drained_by: str | None
    """For admins."""
    drain_reason: str
    jobs: list[JobFacts]
    machine: dict[str, Any]
    """Accelerators, compilers, and its disk in bytes."""


@dataclass(frozen=True, slots=True)
class AccuracyFacts:
    """Of some culprits, how many were confirmed."""

    name: str
    confirmed: int
    wrong: int
    unjudged: int
    rate: float | None
    """Confirmed ones of those that were judged; null where none was."""
    low: float
    high: float
    """Between these the true rate lies, with 95 %."""


@dataclass(frozen=True, slots=True)
class TollFacts:
    """What came of some bisections, and what they took; means are null where there is none."""

    name: str
    bisections: int
    found: int
    inconclusive: int
    failed: int
    runs: int
    minutes_each: float | None
    """From start to end."""
    builds_each: float | None
    flaky_rate: float | None
    """Of the searches' revisions that ran twice or more: where only some runs crashed."""


@dataclass(frozen=True, slots=True)
class StatisticsFacts:
    """How often culprits were right: all, by tree, by confidence; and what finding them took."""

    everything: AccuracyFacts
    trees: list[AccuracyFacts]
    confidences: list[AccuracyFacts]
    toll: TollFacts
    tolls: list[TollFacts]
    """By tree."""
    trend: list[TollFacts]
    """By week, of the last year; each is named by its Monday."""


def worker_facts(worker: Worker, jobs: Iterable[Job], *, names_who: bool) -> WorkerFacts:
    return WorkerFacts(
        id=worker.pk,
        name=worker.name,
        at=worker.at,
        since=worker.since,
        is_silent=worker.is_silent,
        slots=worker.slots,
        drained=worker.drained,
        drained_by=worker.drained_by.get_username() if names_who and worker.drained_by else None,
        drain_reason=worker.drain_reason,
        jobs=[_job(one) for one in jobs],
        machine=worker.facts,
    )


def _job(job: Job) -> JobFacts:
    return JobFacts(job.slot, job.bisection.pk if job.bisection else None, job.what)


def statistics_facts(told: Statistics) -> StatisticsFacts:
    return StatisticsFacts(
        everything=_accuracy(told.everything),
        trees=[_accuracy(one) for one in told.trees],
        confidences=[_accuracy(one) for one in told.confidences],
        toll=_toll(told.toll),
        tolls=[_toll(one) for one in told.tolls],
        trend=[_toll(one) for one in told.trend],
    )


def _accuracy(one: Accuracy) -> AccuracyFacts:
    low, high = one.interval
    return AccuracyFacts(one.name, one.confirmed, one.wrong, one.unjudged, one.rate, low, high)


def _toll(one: Toll) -> TollFacts:
    return TollFacts(
        name=one.name,
        bisections=one.bisections,
        found=one.found,
        inconclusive=one.inconclusive,
        failed=one.failed,
        runs=one.runs,
        minutes_each=one.minutes_each,
        builds_each=one.builds_each,
        flaky_rate=one.flaky_rate,
    )
