"""The mails about a bug, those of ours and those that came in, as one thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisectweb.models import Bug, Message, Received


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: what a list of them shows."""

    at: datetime
    who: str
    subject: str
    state: str
    """What became of it: a state, as is in the badge,"""
    label: str
    """its words,"""
    said: str
    """and what was done or what it waits for, a sentence on each line."""
    message: Message | None
    """If it is ours."""


def letters(bug: Bug) -> list[Letter]:
    """The newest first."""
    ours = [_sent(one) for one in bug.mails.defer("body")]
    theirs = [_received(one) for one in bug.received.all()]
    return sorted([*ours, *theirs], key=lambda one: one.at, reverse=True)


def _sent(mail: Message) -> Letter:
    label, at = mail.get_state_display(), mail.sent or mail.created
    return Letter(at, "we", mail.subject, mail.state, label, mail.error, mail)


def _received(mail: Received) -> Letter:
    label = mail.get_state_display()
    return Letter(mail.at, mail.sender, mail.subject, mail.state, label, mail.said, None)
