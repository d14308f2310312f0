"""What people say of a culprit: that it is the one, or that it is not."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bisectweb import outbox
from bisectweb.models import Culprit, Event, Message
from bisectweb.summaries import summarise


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
                outbox.cancel(message, by, f"{who} says that the commit is wrong"[:500])
        text = f"{who} {said}"
        Event.objects.create(bug=culprit.bisection.bug, actor=by, text=text[:1000])
        summarise(culprit.bisection.bug_id)
    return said
