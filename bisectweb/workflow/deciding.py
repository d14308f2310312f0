"""Ask the search what to do next, and write its answer down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from bisectweb import queue
from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Revision
from bisectweb.workflow.bounds import find_bounds
from bisectweb.workflow.concluding import Answer, found, impossible, inconclusive
from bisectweb.workflow.minimising import minimise_next
from bisectweb.workflow.standings import Asked, look_by_runs, note_asked, note_standing
from bisectweb.workflow.telling import progress, tell, why
from bisectweb.workflow.turns import end_turn
from bisectweb.workflow.verifying import search_on
from bisectweb.workflow.weighing import evidence, note, seen, weigh
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.search import (
    CLASSIC,
    Decision,
    Found,
    History,
    Impossible,
    Inconclusive,
    Probe,
    Step,
    Test,
    decide,
    trail,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A probe with what is said of it."""

    probe: Probe
    subject: str
    why: str
    preamble: str
    """The log's lines before its block..."""
    again: str
    """... or after it, when the revision was asked for before."""
    release: str


def decide_next(bisection: Bisection, token: str, lab: Lab) -> None:
    """One decision, carried out. Pure until the transactions that record it."""
    if not bisection.bad:
        _begin(bisection, token, lab)
    if minimise_next(bisection, token, lab):
        return
    history = _history(bisection, lab)
    if bisection.is_bayes:
        _decide_by_weight(bisection, token, lab, history)
    else:
        _decide_by_steps(bisection, token, lab, history)


def _decide_by_weight(bisection: Bisection, token: str, lab: Lab, history: History) -> None:
    weighing = weigh(bisection, lab, history)
    note(bisection, token, lab, weighing)
    state = weighing.state
    _reconsider(bisection, token, state.decision)
    if not isinstance(state.decision, Test):
        _conclude(
            Answer(bisection, token, lab, history, chances=dict(state.suspects)), state.decision
        )
        return
    tags = {sha: tag for tag, sha in history.releases.items()}
    questions = [
        Question(
            probe,
            subject=lab.commit(probe.sha).subject,
            why=reason.words,
            preamble=render_entries(ours.asked(reason, again=False)),
            again=render_entries(ours.asked(reason, again=True)),
            release=tags.get(probe.sha, ""),
        )
        for probe, reason in zip(state.decision.probes, state.reasons, strict=True)
    ]
    _ask(bisection, token, questions, weighing.revisions)


def _decide_by_steps(bisection: Bisection, token: str, lab: Lab, history: History) -> None:
    revisions = seen(bisection)
    if any(not revision.is_done for revision in revisions):
        end_turn(bisection, token, revisions, attempts=0)
        return
    known = evidence(revisions)
    policy = replace(CLASSIC, runs=bisection.runs)
    decision = decide(history, known, policy)
    steps = trail(history, known, policy)
    _note_verdicts(bisection, steps)
    look = look_by_runs(bisection, lab, history, known, steps)
    with transaction.atomic():
        if not bisection.rows().filter(lease=token).update(lease=token):
            raise LeaseLost
        note_standing(bisection, look)
    _reconsider(bisection, token, decision)
    if not isinstance(decision, Test):
        _conclude(Answer(bisection, token, lab, history, steps), decision)
        return
    [probe] = decision.probes
    step = steps[-1]
    # Verification may have turned a verdict: then the search is back at fewer steps.
    bisection.told = min(bisection.told, len(steps) - 1)
    question = Question(
        probe,
        subject=lab.commit(probe.sha).subject,
        why=why(step),
        preamble=tell(bisection, lab, history, steps),
        again="",
        release=step.release,
    )
    _ask(bisection, token, [question], revisions, told=len(steps), progress=progress(step))


def _reconsider(bisection: Bisection, token: str, decision: Decision) -> None:
    """Give up the verification of a commit that the search does not name any more."""
    named = decision.sha if isinstance(decision, Found) else ""
    if bisection.verifying not in ("", named):
        search_on(bisection, token)


def _conclude(answer: Answer, decision: Found | Inconclusive) -> None:
    match decision:
        case Found(sha, confidence):
            found(answer, sha, confidence)
        case Impossible(reason=reason):
            impossible(answer.bisection, reason)
        case Inconclusive(suspects, reason):
            inconclusive(answer, suspects, reason)


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
    ends = find_bounds(bisection, lab)
    bisection.good, bisection.bad = ends.good, ends.bad
    head = ours.head(bisection.bad, timezone.now(), ends.words, fix=bisection.is_fix)
    rows.update(
        bad=bisection.bad,
        good=bisection.good,
        bounds=ends.words,
        log_head=render_entries(head),
    )


def _history(bisection: Bisection, lab: Lab) -> History:
    """The range. A fix runs from the commit that crashes to the one that does not."""
    if bisection.is_fix:
        return lab.history(bisection.good, bisection.bad, fix=True)
    return lab.history(bisection.bad, bisection.good or None, fix=False)


def _note_verdicts(bisection: Bisection, steps: Sequence[Step]) -> None:
    """What the search makes of each revision now; the page shows it, nothing depends on it."""
    verdicts = {step.sha: step.verdict or "" for step in steps if not step.assumed}
    for revision in bisection.revisions.filter(role=Revision.Role.SEARCH):
        verdict = verdicts.get(revision.sha, "")
        if verdict != revision.verdict:
            Revision.objects.filter(pk=revision.pk).update(verdict=verdict)


def _ask(
    bisection: Bisection,
    token: str,
    questions: Sequence[Question],
    revisions: Sequence[Revision],
    **changes: object,
) -> None:
    """Queue the revisions to test; none of them is to wait for those in hand."""
    with transaction.atomic():
        end_turn(bisection, token, revisions, attempts=0, reason="", **changes)
        for question in questions:
            _queue_revision(bisection, question)
        note_asked(bisection, [Asked(one.probe.sha, one.probe.runs, one.why) for one in questions])


def _queue_revision(bisection: Bisection, question: Question) -> None:
    probe = question.probe
    revision, is_new = Revision.objects.get_or_create(
        bisection=bisection,
        sha=probe.sha,
        role=Revision.Role.SEARCH,
        defaults={
            "order": bisection.revisions.count(),
            "subject": question.subject[:500],
            "release": question.release,
            "preamble": question.preamble,
            "why": question.why,
            "runs_wanted": probe.runs,
        },
    )
    if not is_new:
        revision.why = question.why
        revision.conclusion += question.again
        revision.runs_wanted = revision.runs.count() + probe.runs
        revision.state = Revision.State.WAITING
        revision.save(update_fields=["why", "conclusion", "runs_wanted", "state"])
    queue.wake_revision(revision.pk)
