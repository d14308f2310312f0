"""The texts of mails: rows in, a drafted message out. Nothing is sent from here."""

from __future__ import annotations

import hashlib
import json
from email.utils import format_datetime, formataddr
from textwrap import fill

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import capfirst

from bisectweb.models import Bisection, Culprit, Message, Revision, Run
from runner.log.ours import RESULTS
from runner.values import Commit, Header
from runner.verification import Result

WIDTH = 72


def draft(culprit: Culprit, commit: Commit, crash: Run | None) -> Message:
    """The mail that tells a culprit's people, not yet saved. A bug has one thread."""
    bisection = culprit.bisection
    bug = bisection.bug
    first = bug.mails.filter(state=Message.State.SENT).order_by("sent").first()
    subject = one_line(f"[bisectweb] {bisection.title or bug.title}")
    return Message(
        bug=bug,
        bisection=bisection,
        subject=f"Re: {subject}" if first else subject,
        body=body(culprit, commit, crash),
        people=culprit.people,
        in_reply_to=first.message_id if first else "",
        message_id=f"<bisection-{bisection.pk}.{bug.token}@{settings.MAIL_DOMAIN}>",
    )


def body(culprit: Culprit, commit: Commit, crash: Run | None) -> str:
    bisection = culprit.bisection
    context = {
        "bisection": bisection,
        "bug": bisection.bug,
        "culprit": culprit,
        "commit": commit,
        "crash": crash,
        "site": settings.SITE_URL,
        "start": tally(bisection, bisection.bad),
        "found": tally(bisection, culprit.sha),
        "parent": tally(bisection, commit.parents[0]) if len(commit.parents) == 1 else "",
        "percent": percent(culprit.confidence or 0),
        "config": fill(capfirst(bisection.minimised.get("words", "")), WIDTH),
        "checks": checked(culprit),
        # As git prints it, in the author's own time zone.
        "date": format_datetime(commit.date),
    }
    return render_to_string("emails/culprit.txt", context).strip() + "\n"


def tally(bisection: Bisection, sha: str) -> str:
    """How often the bug showed on a revision: `12 of 20, 1 crashed differently`.

    Empty when it was not run.
    """
    roles = [Revision.Role.SEARCH, Revision.Role.PARENT]
    runs = Run.objects.filter(
        revision__bisection=bisection, revision__sha=sha, revision__role__in=roles
    )
    if not (total := runs.count()):
        return ""
    like = runs.filter(outcome=Run.Outcome.CRASH).count()
    other = runs.filter(outcome=Run.Outcome.OTHER_CRASH).count()
    return f"{like} of {total}" + (f", {other} crashed differently" if other else "")


def checked(culprit: Culprit) -> list[str]:
    """What was checked and does not speak against the culprit; what does is among its flags."""
    return [
        fill(
            f"{RESULTS[Result(check['result'])].capitalize()}: {check['words']}.",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for check in culprit.checks
        if check["result"] != Result.FAILED
    ]


def percent(confidence: float) -> str:
    """A probability for people: never rounded to certainty, at either end."""
    value = confidence * 100
    if 0 < value < 0.1:
        return "below 0.1 %"
    return "over 99.9 %" if value > 99.9 else f"{int(value * 10) / 10:g} %"


def one_line(text: str) -> str:
    """Text for a header: hostile line ends and control characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def outgoing(message: Message) -> EmailMessage:
    """The mail as it leaves."""
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-replied" if hasattr(message, "answer") else "auto-generated",
        "Date": format_datetime(message.claimed or timezone.now()),
        "Precedence": "bulk",
        "Reply-To": message.bug.address,
        "List-Id": f"bisectweb <bisectweb.{settings.MAIL_DOMAIN}>",
    }
    if reasons := [f"{one.address} ({one.reason})" for one in message.recipients if one.reason]:
        headers["X-Bisectweb-Reason"] = ", ".join(reasons)
    if message.in_reply_to:
        headers["In-Reply-To"] = headers["References"] = message.in_reply_to
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=settings.MAIL_FROM,
        to=addressed(message, Header.TO),
        cc=addressed(message, Header.CC),
        headers=headers,
    )


def raw(message: Message) -> bytes:
    """The mail as it leaves, byte for byte but for the ends of its lines."""
    return outgoing(message).message().as_bytes()


def seen(message: Message) -> str:
    """Names what a person saw who approves: another text or other people have another name."""
    content = json.dumps([message.subject, message.body, message.people], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def addressed(message: Message, header: Header) -> list[str]:
    """Names and addresses as a header has them."""
    people = [one for one in message.recipients if one.header == header]
    return [formataddr((one.name, one.address)) for one in people]
