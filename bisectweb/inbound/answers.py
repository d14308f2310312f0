"""The answer to a mail that asked for what could not be done: one, to its author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from textwrap import fill

from django.conf import settings
from django.utils import timezone

from bisectweb import queue
from bisectweb.models import Answer, Bug, Message, Received, as_rows
from bisectweb.outbound.emails import WIDTH, in_reply, one_line, rendered
from bisectweb.outbound.unwanted import unwanted
from runner.mail.commands import Refused
from runner.values import Header, Recipient

MOST = 5
"""Answers to one person a day: two programs that answer each other come to an end."""
DAY = timedelta(days=1)


def answer(received: Received, refused: Sequence[Refused], done: Sequence[str]) -> Message | None:
    """Into the outbox, approved; None when the person had enough mail."""
    bug, address = received.bug, received.sender
    recent = Answer.objects.filter(address=address, at__gt=timezone.now() - DAY).count()
    if bug is None or recent >= MOST or address in unwanted(bug):
        return None
    message = Message.objects.create(
        bug=bug,
        state=Message.State.APPROVED,
        decided=timezone.now(),
        reason="an answer to a command",
        subject=in_reply(received.subject),
        body=_body(bug, received, refused, done),
        people=as_rows([Recipient(address, "", Header.TO, "asked for something by mail")]),
        message_id=f"<answer-{received.pk}.{bug.token}@{settings.MAIL_DOMAIN}>",
        in_reply_to=received.answerable_id,
    )
    Answer.objects.create(received=received, message=message, address=address)
    queue.wake_message(message.pk)
    return message


def answer_unknown(received: Received) -> Message | None:
    """That a mail is about no bug, or about none that its sender may hear of: in the same words,
    so that nobody learns which. Into the outbox, approved; None where they heard it today.
    """
    address = received.sender
    recent = Answer.objects.filter(address=address, at__gt=timezone.now() - DAY)
    enough = recent.count() >= MOST or recent.filter(message__bug=None).exists()
    if enough or address in unwanted(None):
        return None
    context = {"domain": settings.MAIL_DOMAIN}
    message = Message.objects.create(
        state=Message.State.APPROVED,
        decided=timezone.now(),
        reason="an answer to a command",
        subject=in_reply(received.subject),
        body=rendered(None, "unknown.txt", context),
        people=as_rows([Recipient(address, "", Header.TO, "asked for something by mail")]),
        message_id=f"<answer-{received.pk}@{settings.MAIL_DOMAIN}>",
        in_reply_to=received.answerable_id,
    )
    Answer.objects.create(received=received, message=message, address=address)
    queue.wake_message(message.pk)
    return message


def _body(bug: Bug, received: Received, refused: Sequence[Refused], done: Sequence[str]) -> str:
    """No line of ours begins like a command: people quote it."""
    context = {
        "bug": bug,
        "site": settings.SITE_URL,
        "refused": [(one_line(one.line)[:200], _indented(one.why)) for one in refused],
        "done": [_indented(words) for words in done],
    }
    return rendered(bug.tree, "answer.txt", context)


def _indented(words: str) -> str:
    indent = " " * 4
    return fill(one_line(words), WIDTH, initial_indent=indent, subsequent_indent=indent)
