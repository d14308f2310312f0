"""The end of a search: the culprit with all that is said about it, its mail, the log's tail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils import timezone

from bisectweb.holding import LeaseLost
from bisectweb.logs import cost
from bisectweb.models import Bisection, Bug, Culprit, Event, Message, Revision, Run, as_rows
from bisectweb.outbound import emails, outbox
from bisectweb.outbound.unwanted import unwanted
from bisectweb.scores import score_anew
from bisectweb.summaries import summarise
from bisectweb.weeks import count
from bisectweb.workflow import verifying
from bisectweb.workflow.ending import drop_unfinished, end
from bisectweb.workflow.telling import tell
from bisectweb.workflow.verifying import Verification
from runner.console.guilty import guilty_file
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.search import History, Step
from runner.values import Commit, Recipient, Recipients, Sha
from runner.verification import Check, Part

State = Message.State

PRIVATE = "the tree is private: only who sees it is told"
MOST_NAMED = 100
"""Suspects of an inconclusive search that are named with their subjects."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose search ends, and what is to be told of its way there."""

    bisection: Bisection
    token: str
    lab: Lab
    history: History
    steps: Sequence[Step] = ()
    """Of the classic strategy."""
    chances: Mapping[Sha, float] = field(default_factory=dict)
    """Of the suspects, where the strategy knows any."""

    def untold(self) -> str:
        """The log's lines that are missing before its end."""
        return tell(self.bisection, self.lab, self.history, self.steps)


def inconclusive(answer: Answer, suspects: Sequence[Sha], reason: str) -> None:
    """End without one culprit: the suspects and the reason are the result."""
    bisection, chances = answer.bisection, answer.chances
    tail = answer.untold()
    if bisection.is_bayes:
        tail += render_entries(ours.credible(suspects, chances, reason))
    spent = cost(bisection)
    ending = ours.inconclusive(answer.steps, suspects, reason, spent, fix=bisection.is_fix)
    tail += render_entries(ending)
    if len(suspects) > MOST_NAMED:
        reason += f"; the likeliest {MOST_NAMED} of {len(suspects)} suspects are named"
    named = [_named(answer, sha) for sha in suspects[:MOST_NAMED]]
    with transaction.atomic():
        _finish(answer, Bisection.State.INCONCLUSIVE, tail, reason=reason, suspects=named)
        score_anew(bisection.pk)
        _post_unsolved(bisection)
        summarise(bisection.bug_id)
        count(bisection.pk)


def impossible(bisection: Bisection, reason: str) -> None:
    """End because there is nothing to search, such as a bug that does not show."""
    with transaction.atomic():
        if end(bisection, Bisection.State.FAILED, reason):
            _post_unsolved(bisection)


def _post_unsolved(bisection: Bisection) -> None:
    """Put a mail into the outbox for those who asked, if there are any."""
    bisection.refresh_from_db()
    if people := _insiders(bisection.bug):
        emails.unsolved(bisection, people).save()


def _insiders(bug: Bug) -> list[Recipient]:
    never = unwanted(bug)
    return [one for one in emails.insiders(bug) if one.address.lower() not in never]


def _recipients(answer: Answer, sha: Sha, file: str) -> Recipients:
    """The culprit's people. Those of a private tree would learn of it: its own people are told."""
    bug = answer.bisection.bug
    if bug.tree.is_private:
        return Recipients(tuple(_insiders(bug)), PRIVATE)
    return answer.lab.recipients(sha, file, unwanted(bug))


def _named(answer: Answer, sha: Sha) -> Mapping[str, object]:
    chance = {"probability": answer.chances[sha]} if sha in answer.chances else {}
    return {"sha": sha, "subject": answer.lab.commit(sha).subject, **chance}


def found(answer: Answer, sha: Sha, confidence: float) -> None:
    """End with a culprit, once it is verified."""
    bisection, lab = answer.bisection, answer.lab
    commit, details = lab.commit(sha), lab.show(sha)
    first_bad = ours.first_bad(answer.steps, sha, details, confidence)
    told = answer.untold() + render_entries(first_bad)
    now = verifying.look(bisection, lab, answer.history, commit)
    if now.missing:
        verifying.ask(bisection, answer.token, now, told)
        return
    crash = _crash(bisection, sha)
    file = guilty_file(crash.report) if crash else None
    who = _recipients(answer, sha, file or "")
    culprit = _culprit(bisection, now, confidence, who, details)
    ending = _ending(culprit, crash, who, now.case.checks())
    tail = render_entries(ours.culprit(ending, cost(bisection), fix=bisection.is_fix))
    with transaction.atomic():
        _finish(answer, Bisection.State.FOUND, tail, log_found=told)
        culprit.save()
        score_anew(bisection.pk)
        _post(culprit, commit, crash)
        summarise(bisection.bug_id)
        count(bisection.pk)


def _finish(answer: Answer, state: str, tail: str, **changes: object) -> None:
    bisection = answer.bisection
    text = f"bisection {bisection.pk} {state}"
    if not bisection.give_back(
        answer.token,
        state=state,
        ended=timezone.now(),
        activity="",
        progress="",
        verifying="",
        log_tail=tail,
        **{"reason": "", **changes},
    ):
        raise LeaseLost
    drop_unfinished(bisection)
    Event.objects.create(bug=bisection.bug, text=text)


def _culprit(
    bisection: Bisection, verified: Verification, confidence: float, who: Recipients, details: str
) -> Culprit:
    commit, case = verified.culprit, verified.case
    checks = case.checks()
    signature = case.parts[Part.CULPRIT].signature
    parent = case.parts[Part.PARENT].signature
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
        is_merge=case.is_merge,
        is_release=case.is_release,
        is_noop=bool(signature) and signature == parent,
        checks=[asdict(check) for check in checks],
        people=as_rows(who.people),
        recipients_note=who.note[:500],
    )


def _crash(bisection: Bisection, sha: Sha) -> Run | None:
    """The run that shows the bug best: on the culprit, or where it was reported."""
    shows = Run.objects.filter(
        revision__bisection=bisection,
        revision__role=Revision.Role.SEARCH,
        outcome=Run.Outcome.CRASH,
    )
    on_culprit = shows.filter(revision__sha=sha).first()
    return on_culprit or shows.filter(revision__sha=bisection.bad).first()


def _ending(
    culprit: Culprit, crash: Run | None, who: Recipients, checks: Sequence[Check]
) -> ours.Conclusion:
    return ours.Conclusion(
        sha=culprit.sha,
        subject=culprit.subject,
        signature=culprit.signature,
        parent_signature=culprit.parent_signature,
        recipients=who,
        crash_title=crash.title if crash else "",
        crash_report=crash.report if crash else "",
        checks=checks,
    )


def _post(culprit: Culprit, commit: Commit, crash: Run | None) -> None:
    """Put the mail into the outbox. It leaves unread only where the tree says so."""
    message = emails.draft(culprit, commit, crash)
    message.state = State.AWAITING_APPROVAL if message.people else State.DRAFTED
    message.save()
    doubts = outbox.doubts(culprit)
    if not doubts:
        outbox.approve(message, None)
    elif culprit.bisection.bug.tree.auto_approve:
        text = f"the mail waits for a person: {', '.join(doubts)}"
        Event.objects.create(bug=message.bug, text=text)
