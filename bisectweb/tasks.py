"""What the queue's workers call: each wakes one row."""

from __future__ import annotations

from bisectweb import workflow
from bisectweb.holding import QUEUE
from bisectweb.labs import kernel_lab
from bisectweb.models import Heartbeat
from bisectweb.outbound import outbox
from bisectweb.outbound.passwords import mail_link


def advance(bisection_pk: int) -> None:
    workflow.advance(bisection_pk, kernel_lab)


def test(revision_pk: int) -> None:
    """The revision that was woken, or whichever goes before it."""
    workflow.test(kernel_lab)


def try_patch(patch_test_pk: int) -> None:
    workflow.try_patch(patch_test_pk, kernel_lab)


def send(message_pk: int) -> None:
    outbox.send(message_pk)


def send_password_link(address: str) -> None:
    mail_link(address)


def beat() -> None:
    """Shows the supervisor that tasks are being worked on."""
    Heartbeat.beat(QUEUE)
