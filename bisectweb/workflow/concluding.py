"""The end of a search: the culprit with all that is said about it, its mail, the log's tail."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from bisectweb import emails, outbox, queue
from bisectweb.holding import LeaseLost
from bisectweb.logs import cost
from bisectweb.models import Bisection, Culprit, Event, Message, Revision, Run
from bisectweb.workflow.telling import tell
from runner import log
from runner.lab import Lab
from runner.search import History, Step
from runner.values import Commit, Recipients, Sha


def inconclusive(
    bisection: Bisection,
    token: str,
    lab: Lab,
    history: History,
    steps: Sequence[Step],
    suspects: Sequence[Sha],
    reason: str,
) -> None:
    """End without one culprit: the suspects and the reason are the result."""
    tail = tell(bisection, lab, history, steps) + log.inconclusive(
        steps, suspects, reason, cost(bisection), fix=bisection.is_fix
    )
    named = [{"sha": sha, "subject": lab.commit(sha).subject} for sha in suspects]
    with transaction.atomic():
        _finish(bisection, token, Bisection.State.INCONCLUSIVE, tail, reason=reason, suspects=named)


def found(
    bisection: Bisection,
    token: str,
    lab: Lab,
    history: History,
    steps: Sequence[Step],
    sha: Sha,
    confidence: float,
) -> None:
    """End with a culprit, once its parent's kernel is there to compare with."""
    commit = lab.commit(sha)
    details = lab.show(sha)
    answer = ""
    if not bisection.revisions.filter(runs_wanted=0).exists():
        answer = tell(bisection, lab, history, steps) + log.first_bad(
            steps, sha, details, confidence
        )
        if len(commit.parents) == 1 and not _was_tested(bisection, commit.parents[0]):
            _build_parent(bisection, token, lab, answer, commit.parents[0])
            return
    who = lab.recipients(sha)
    culprit = _culprit(bisection, commit, confidence, who, details, history)
    crash = _crash(bisection, sha)
    tail = answer + log.culprit(_ending(culprit, crash, who), cost(bisection), fix=bisection.is_fix)
    with transaction.atomic():
        _finish(bisection, token, Bisection.State.FOUND, tail)
        culprit.save()
        _post(culprit, commit, crash)


def _was_tested(bisection: Bisection, sha: Sha) -> bool:
    return Revision.objects.filter(bisection=bisection, sha=sha).exclude(built=None).exists()


def _build_parent(bisection: Bisection, token: str, lab: Lab, answer: str, sha: Sha) -> None:
    """Queue a build without runs, for the signature."""
    subject = lab.commit(sha).subject
    with transaction.atomic():
        if not bisection.give_back(token, attempts=0):
            raise LeaseLost
        revision = Revision.objects.create(
            bisection=bisection,
            sha=sha,
            order=bisection.revisions.count(),
            subject=subject[:500],
            preamble=answer + log.untested_parent(sha),
            why="the culprit's parent: does it build the same kernel?",
            runs_wanted=0,
        )
        queue.wake_revision(revision.pk)


def _finish(bisection: Bisection, token: str, state: str, tail: str, **changes: object) -> None:
    text = f"bisection {bisection.pk} {state}"
    if not bisection.give_back(
        token,
        state=state,
        ended=timezone.now(),
        activity="",
        progress="",
        log_tail=tail,
        **{"reason": "", **changes},
    ):
        raise LeaseLost
    Event.objects.create(bug=bisection.bug, text=text)


def _culprit(
    bisection: Bisection,
    commit: Commit,
    confidence: float,
    who: Recipients,
    details: str,
    history: History,
) -> Culprit:
    signature = _signature(bisection, commit.sha)
    parent = _signature(bisection, commit.parents[0]) if len(commit.parents) == 1 else ""
    return Culprit(
        bisection=bisection,
        sha=commit.sha,
        subject=commit.subject[:500],
        author=commit.author[:300],
        author_email=commit.author_email[:300],
        date=commit.date,
        details=details,
        confidence=confidence,
        signature=signature,
        parent_signature=parent,
        is_merge=len(commit.parents) > 1,
        is_release=commit.sha in history.releases.values(),
        is_noop=bool(signature) and signature == parent,
        to=list(who.to),
        cc=list(who.cc),
        recipients_note=who.note[:500],
    )


def _signature(bisection: Bisection, sha: Sha) -> str:
    revision = bisection.revisions.filter(sha=sha).select_related("kernel").first()
    return revision.kernel.signature if revision and revision.kernel else ""


def _crash(bisection: Bisection, sha: Sha) -> Run | None:
    """The run that shows the bug best: on the culprit, or where it was reported."""
    shows = Run.objects.filter(revision__bisection=bisection, outcome=Run.Outcome.CRASH)
    on_culprit = shows.filter(revision__sha=sha).first()
    return on_culprit or shows.filter(revision__sha=bisection.bad).first()


def _ending(culprit: Culprit, crash: Run | None, who: Recipients) -> log.Ending:
    return log.Ending(
        sha=culprit.sha,
        subject=culprit.subject,
        signature=culprit.signature,
        parent_signature=culprit.parent_signature,
        recipients=who,
        crash_title=crash.title if crash else "",
        crash_report=crash.report if crash else "",
    )


def _post(culprit: Culprit, commit: Commit, crash: Run | None) -> None:
    """Put the mail into the outbox. It leaves unread only where the tree says so."""
    message = emails.draft(culprit, commit, crash)
    message.state = Message.State.AWAITING_APPROVAL
    message.save()
    if culprit.bisection.bug.tree.auto_approve and not culprit.flags:
        outbox.approve(message, None)
