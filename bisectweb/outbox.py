"""Mails on their way out: approved by a person, sent at most once."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bisectweb import emails, queue
from bisectweb.models import Event, Message

logger = logging.getLogger(__name__)
State = Message.State


def approve(message: Message, by: User | None) -> bool:
    """Let a mail leave; False when somebody decided about it before."""
    with transaction.atomic():
        if not _decide(message, State.APPROVED, by, ""):
            return False
        Event.objects.create(bug=message.bug, actor=by, text=f"approved the mail: {message}")
        queue.wake_message(message.pk)
        return True


def reject(message: Message, by: User, reason: str) -> bool:
    """Keep a mail from leaving; False when somebody decided about it before."""
    with transaction.atomic():
        if not _decide(message, State.REJECTED, by, reason):
            return False
        text = f"rejected the mail: {message}: {reason}"
        Event.objects.create(bug=message.bug, actor=by, text=text[:1000])
        return True


def _decide(message: Message, state: State, by: User | None, reason: str) -> bool:
    waiting = Message.objects.filter(pk=message.pk, state=State.AWAITING_APPROVAL)
    return bool(waiting.update(state=state, decided=timezone.now(), decided_by=by, reason=reason))


def send(message_pk: int) -> None:
    """Send an approved mail, at most once.

    It is claimed before the first byte leaves. Who dies in between leaves it in SENDING: nobody
    knows whether it arrived, so a person looks, and nothing sends it again by itself.
    """
    claimed = Message.objects.filter(pk=message_pk, state=State.APPROVED).update(
        state=State.SENDING, claimed=timezone.now()
    )
    if not claimed:
        return
    message = Message.objects.get(pk=message_pk)
    mine = Message.objects.filter(pk=message_pk, state=State.SENDING)
    try:
        emails.outgoing(message).send()
    except (OSError, SMTPException, ValueError) as error:
        # ValueError: an address that no mail header can hold.
        logger.warning("mail %s failed: %s", message.message_id, error)
        mine.update(state=State.FAILED, error=str(error))
        return
    mine.update(state=State.SENT, sent=timezone.now())
