"""What is kept of where a search stood after each step; pages read it, the search does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings

from bisectweb.models import Bisection, Standing
from bisectweb.workflow.prices import tree_policy
from runner.lab import Lab
from runner.search import BAYES, Evidence, History, Step, Weight, standing_by_runs
from runner.search import Standing as Stand
from runner.values import Sha


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the evidence."""

    stand: Stand
    weights: Sequence[Weight]
    subjects: Mapping[Sha, str]
    """Of the suspects."""
    minutes_left: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A revision that the search wants to be run."""

    sha: Sha
    runs: int
    words: str


def look_by_runs(
    bisection: Bisection,
    lab: Lab,
    history: History,
    evidence: Iterable[Evidence],
    steps: Sequence[Step],
) -> Look:
    """Of the classic strategy, which weighs no runs itself."""
    stand, weights = standing_by_runs(history, evidence)
    subjects = {sha: lab.commit(sha).subject for sha, _ in stand.suspects}
    return Look(stand, weights, subjects, _minutes_of_steps(bisection, steps))


def _minutes_of_steps(bisection: Bisection, steps: Sequence[Step]) -> float | None:
    """The price of the steps that git expects; None while nobody knows the range."""
    if not steps or steps[-1].halving is None:
        return None
    policy = tree_policy(bisection.bug.tree, replace(BAYES, vms=settings.VMS))
    each = policy.build_minutes + bisection.runs * policy.run_minutes / policy.vms
    return (steps[-1].halving.steps + (steps[-1].verdict is None)) * each


def note_standing(bisection: Bisection, look: Look) -> None:
    """Keep what was seen, in the transaction of whoever holds the lease.

    Looking again at the same evidence, as after a killed worker, is no new step.
    """
    # With the bisection, else each row is asked which one is its own.
    before = list(bisection.standings.only("bisection", "number", "moved"))
    row = standing_row(bisection, look, before)
    if before and not row.moved:
        bisection.standings.filter(pk=before[-1].pk).update(**_fields(look))
    else:
        row.save(force_insert=True)


def standing_row(bisection: Bisection, look: Look, before: Sequence[Standing]) -> Standing:
    """The next row, not saved yet."""
    moved = _moved(look, before)
    return Standing(bisection=bisection, number=len(before), moved=moved, **_fields(look))


def _fields(look: Look) -> Mapping[str, Any]:
    stand, close = look.stand, look.stand.close
    return {
        "commits": stand.commits,
        "whole": Standing.pack(stand.whole.shares),
        "close": Standing.pack(close.shares if close else ()),
        "close_start": close and close.start,
        "close_end": close and close.end,
        "older": stand.older,
        "newer": stand.newer,
        "entropy": stand.entropy,
        "credible": stand.credible,
        "minutes_left": look.minutes_left,
        "suspects": [
            {"sha": sha, "subject": look.subjects[sha], "probability": chance}
            for sha, chance in stand.suspects
        ],
    }


def _moved(look: Look, before: Iterable[Standing]) -> list[dict[str, Any]]:
    """The revisions of which something is known that was not before."""
    known = {one["sha"]: one["seen"] for row in before for one in row.moved}
    return [
        {
            "sha": weight.sha,
            "place": look.stand.places[weight.sha],
            "seen": seen,
            "odds": weight.odds,
            "verdict": weight.verdict or "",
            "words": weight.words,
        }
        for weight in look.weights
        if known.get(weight.sha)
        != (seen := [weight.runs, weight.crashes, weight.mute, weight.broken])
    ]


def note_asked(bisection: Bisection, asked: Sequence[Asked]) -> None:
    """Keep what is asked for, in the transaction that queues it."""
    latest = bisection.standings.values_list("pk", flat=True).last()
    if latest is not None:
        bisection.standings.filter(pk=latest).update(asked=[asdict(one) for one in asked])
