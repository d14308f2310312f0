"""The facts of the service itself: who works, and how often its culprits were right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisectweb.accuracy import Accuracy, Statistics
from bisectweb.models import Heartbeat


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """When a part of the runner last showed that it is alive."""

    name: str
    at: datetime


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
class StatisticsFacts:
    """How often culprits were right: all, by tree, by confidence."""

    everything: AccuracyFacts
    trees: list[AccuracyFacts]
    confidences: list[AccuracyFacts]


def worker_facts(heartbeat: Heartbeat) -> WorkerFacts:
    return WorkerFacts(heartbeat.name, heartbeat.at)


def statistics_facts(told: Statistics) -> StatisticsFacts:
    return StatisticsFacts(
        everything=_accuracy(told.everything),
        trees=[_accuracy(one) for one in told.trees],
        confidences=[_accuracy(one) for one in told.confidences],
    )


def _accuracy(one: Accuracy) -> AccuracyFacts:
    low, high = one.interval
    return AccuracyFacts(one.name, one.confirmed, one.wrong, one.unjudged, one.rate, low, high)
