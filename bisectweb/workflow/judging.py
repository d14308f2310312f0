"""What people say of a culprit: that it is the one, or that it is not."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bisectweb.models import Culprit, Event, Message
from bisectweb.outbound import outbox
from bisectweb.summaries import summarise
from bisectweb.weeks import count


def is_wrong(who: str) -> str:
    """Why a mail does not leave."""
    return f"{who} says that the commit is wrong"[:500]


def judge(
    culprit: Culprit,
    verdict: Culprit.Verdict,
    *,
    who: str,
    by: User | None,
    reason: str = "",
    real: str = "",
) -> str:
    """Write down what `who`, by name or address, says of it; `real` is the commit it is instead.

    The last word counts; the audit trail keeps all. A mail that tells of a wrong one and has not
    left yet does not leave. Returns what was done, in words.
    """
    commit = f"{culprit.sha[:12]} of bisection {culprit.bisection_id}"
    if verdict == Culprit.Verdict.CONFIRMED:
        said = f"confirmed {commit}"
    else:
        said = f"said that {commit} is wrong" + (f", it is {real}" if real else "")
    said += f": {reason}" if reason else ""
    with transaction.atomic():
        Culprit.objects.filter(pk=culprit.pk).update(
            verdict=verdict,
            verdict_by=who,
            verdict_at=timezone.now(),
            verdict_reason=reason,
            real=real,
        )
        if verdict == Culprit.Verdict.WRONG:
            for message in culprit.bisection.mails.filter(state__in=Message.HELD):
                outbox.cancel(message, by, is_wrong(who))
        text = f"{who} {said}"
        Event.objects.create(bug=culprit.bisection.bug, actor=by, text=text[:1000])
        summarise(culprit.bisection.bug_id)
        count(culprit.bisection_id)
    return said


def unjudge(culprit: Culprit, by: User, reason: str) -> bool:
    """Take back what was said of a culprit, whoever said it; False when nobody has said anything.

    A mail that did not leave because of it waits for approval again.
    """
    with transaction.atomic():
        culprit.refresh_from_db(from_queryset=Culprit.objects.select_for_update(no_key=True))
        nobody = {"verdict": Culprit.Verdict.NONE, "verdict_by": "", "verdict_at": None}
        rows = Culprit.objects.filter(pk=culprit.pk).exclude(verdict=Culprit.Verdict.NONE)
        taken_back = rows.update(**nobody, verdict_reason="", real="")
        if taken_back:
            why = is_wrong(culprit.verdict_by)
            for message in culprit.bisection.mails.filter(reason=why):
                outbox.take_back(message, by, why)
            text = f"took back that {culprit.sha[:12]} is {culprit.verdict}: {reason}"
            Event.objects.create(bug=culprit.bisection.bug, actor=by, text=text[:1000])
            summarise(culprit.bisection.bug_id)
            count(culprit.bisection_id)
    return bool(taken_back)
