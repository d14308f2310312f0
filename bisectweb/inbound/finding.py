"""Which bug a mail is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bisectweb.models import Bug, Message, Received, Tree
from runner.mail import Incoming

PREFIX = re.compile(r"\s*(?:(?:re|aw|fwd?|wg|sv)\s*:|\[[^\]]*\])", re.IGNORECASE)
LONGEST = 1000
NUMBER = re.compile(r"\s*\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Found:
    bug: Bug
    by: str
    """The header that named it, in lower case."""


def find_bug(mail: Incoming) -> Found | None:
    """By the address it came to, by the mail it answers, or by its subject if that is clear."""
    if mail.bug and (bug := Bug.objects.filter(token=mail.bug).first()):
        return Found(bug, mail.addressed)
    if bug := _answered(mail):
        return Found(bug, "references")
    if bug := _titled(mail.subject):
        return Found(bug, "subject")
    return None


def _answered(mail: Incoming) -> Bug | None:
    """The bug of the nearest mail above it that we sent or know."""
    ids = mail.references
    sent = Message.objects.filter(message_id__in=ids).values_list("message_id", "bug")
    known = Received.objects.filter(message_id__in=ids).exclude(bug=None)
    bugs = dict(known.values_list("message_id", "bug")) | dict(sent)
    nearest = next((bugs[one] for one in ids if one in bugs), None)
    return Bug.objects.filter(pk=nearest).first() if nearest else None


def _titled(subject: str) -> Bug | None:
    """Those that everybody sees come first: who writes of one learns of no other."""
    if not (title := plain(subject)):
        return None
    titled = Bug.objects.filter(title__in={title, NUMBER.sub("", title)})
    public = titled.filter(tree__seen_by=Tree.SeenBy.EVERYBODY)
    found = list(public[:2]) or list(titled[:2])
    return found[0] if len(found) == 1 else None


def plain(subject: str) -> str:
    """A subject without what mail programs and lists put in front of it."""
    subject = subject[:LONGEST]
    while match := PREFIX.match(subject):
        subject = subject[match.end() :]
    return " ".join(subject.split())


def is_about(subject: str, bug: Bug) -> bool:
    """Whether a subject alone says that a mail is about a bug."""
    sent = Message.objects.filter(bug=bug).values_list("subject", flat=True)
    titles = {bug.title, *map(plain, sent)}
    title = plain(subject)
    return title in titles or NUMBER.sub("", title) in titles
