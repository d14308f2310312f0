"""Ask the search what to do next, and write its answer down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from bisectweb import queue
from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Revision
from bisectweb.workflow.concluding import found, inconclusive
from bisectweb.workflow.ending import end
from bisectweb.workflow.telling import progress, tell, why
from runner import log
from runner.lab import Lab
from runner.search import (
    CLASSIC,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Policy,
    Probe,
    Step,
    Test,
    decide,
    trail,
)
from runner.values import Outcome


def decide_next(bisection: Bisection, token: str, lab: Lab) -> None:
    """One decision, carried out. Pure until the transaction that records it."""
    if not bisection.bad:
        _begin(bisection, token, lab)
    history = _history(bisection, lab)
    evidence, policy = _evidence(bisection), _policy(bisection)
    decision = decide(history, evidence, policy)
    steps = trail(history, evidence, policy)
    _note_verdicts(bisection, steps)
    match decision:
        case Test(probes):
            _ask(bisection, token, lab, history, probes, steps)
        case Found(sha, confidence):
            found(bisection, token, lab, history, steps, sha, confidence)
        case Impossible(reason=reason):
            end(bisection, Bisection.State.FAILED, reason)
        case Inconclusive(suspects, reason):
            inconclusive(bisection, token, lab, history, steps, suspects, reason)


def _begin(bisection: Bisection, token: str, lab: Lab) -> None:
    """Turn the names that were asked for into commits."""
    rows = bisection.rows().filter(lease=token)
    rows.update(
        state=Bisection.State.RUNNING,
        started=bisection.started or timezone.now(),
        activity="fetching the tree",
        activity_since=timezone.now(),
    )
    lab.check()
    bad = lab.resolve(bisection.asked_bad)
    good = bisection.asked_good
    if bisection.is_fix:
        good = good or bisection.bug.tree.branch
    bisection.good = lab.resolve(good) if good else ""
    bisection.bad = bad
    rows.update(
        bad=bisection.bad,
        good=bisection.good,
        log_head=log.head(bisection.bad, fix=bisection.is_fix),
    )


def _history(bisection: Bisection, lab: Lab) -> History:
    """The range. A fix runs from the commit that crashes to the one that does not."""
    if bisection.is_fix:
        return lab.history(bisection.good, bisection.bad, fix=True)
    return lab.history(bisection.bad, bisection.good or None, fix=False)


def _policy(bisection: Bisection) -> Policy:
    return replace(CLASSIC, runs=bisection.runs)


def _evidence(bisection: Bisection) -> list[Evidence]:
    revisions = bisection.revisions.prefetch_related("runs")
    return [
        Evidence(
            revision.sha,
            [Outcome(run.outcome) for run in revision.runs.all()],
            built=revision.built is not False,
        )
        for revision in revisions
    ]


def _note_verdicts(bisection: Bisection, steps: Sequence[Step]) -> None:
    """What the search makes of each revision now; the page shows it, nothing depends on it."""
    verdicts = {step.sha: step.verdict or "" for step in steps if not step.assumed}
    for revision in bisection.revisions.all():
        verdict = verdicts.get(revision.sha, "")
        if verdict != revision.verdict:
            Revision.objects.filter(pk=revision.pk).update(verdict=verdict)


def _ask(
    bisection: Bisection,
    token: str,
    lab: Lab,
    history: History,
    probes: Sequence[Probe],
    steps: Sequence[Step],
) -> None:
    """Queue the revisions to test."""
    preamble = tell(bisection, lab, history, steps)
    step = steps[-1]
    subjects = {probe.sha: lab.commit(probe.sha).subject for probe in probes}
    with transaction.atomic():
        if not bisection.give_back(
            token,
            attempts=0,
            told=len(steps),
            progress=progress(step),
            reason="",
        ):
            raise LeaseLost
        for probe in probes:
            _queue_revision(bisection, probe, subjects[probe.sha], preamble, step)
            preamble = ""


def _queue_revision(
    bisection: Bisection, probe: Probe, subject: str, preamble: str, step: Step
) -> None:
    revision, _ = Revision.objects.get_or_create(
        bisection=bisection,
        sha=probe.sha,
        defaults={
            "order": bisection.revisions.count(),
            "subject": subject[:500],
            "release": step.release,
            "preamble": preamble,
            "why": why(step),
            "runs_wanted": 0,
        },
    )
    revision.runs_wanted = revision.runs.count() + probe.runs
    revision.state = Revision.State.WAITING
    revision.save(update_fields=["runs_wanted", "state"])
    queue.wake_revision(revision.pk)
