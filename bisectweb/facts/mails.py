"""The facts of the mails in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisectweb.facts.shallow import shallow
from bisectweb.models import Message, Stop
from bisectweb.outbound import emails
from runner.values import Recipient


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """A mail, as the list of the outbox shows it."""

    id: int
    url: str
    bug: int | None
    """None: a digest, which lists what awaits approval, or an answer to a mail about no bug."""
    tree: str | None
    bisection: int | None
    state: str
    subject: str
    created: datetime
    decided: datetime | None
    decided_by: str | None
    reason: str
    not_before: datetime | None
    """Until then it waits."""
    attempts: int
    sent: datetime | None
    error: str
    """What the server said, or what the mail waits for."""


@dataclass(frozen=True, slots=True)
class MessageFacts(MessageSummary):
    """A mail as it leaves or left."""

    body: str
    message_id: str
    in_reply_to: str
    recipients: list[Recipient]
    seen: str
    """Names this text and these recipients: whoever approves the mail gives it back."""


@dataclass(frozen=True, slots=True)
class StopFacts:
    """A stop of all mail."""

    id: int
    since: datetime
    by: str | None
    reason: str
    """For admins."""
    lifted: datetime | None
    """Null: no mail leaves."""
    lifted_by: str | None


def message_summary(mail: Message) -> MessageSummary:
    return MessageSummary(
        id=mail.pk,
        url=mail.get_absolute_url(),
        bug=mail.bug_id,
        tree=mail.tree.name if mail.tree else None,
        bisection=mail.bisection_id,
        state=mail.state,
        subject=mail.subject,
        created=mail.created,
        decided=mail.decided,
        decided_by=mail.decided_by.get_username() if mail.decided_by else None,
        reason=mail.reason,
        not_before=mail.not_before,
        attempts=mail.attempts,
        sent=mail.sent,
        error=mail.error,
    )


def message_facts(mail: Message) -> MessageFacts:
    return MessageFacts(
        **shallow(message_summary(mail)),
        body=mail.body,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        recipients=mail.recipients,
        seen=emails.seen(mail),
    )


def stop_facts(stop: Stop, *, is_admin: bool) -> StopFacts:
    return StopFacts(
        id=stop.pk,
        since=stop.since,
        by=stop.by.get_username() if stop.by else None,
        reason=stop.reason if is_admin else "",
        lifted=stop.lifted,
        lifted_by=stop.lifted_by.get_username() if stop.lifted_by else None,
    )
