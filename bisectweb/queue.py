"""Wake-ups: a task names a row, and the row's lease decides who works on it.

Queued inside the transaction that writes the rows: both happen or neither.
"""

from __future__ import annotations

from django.utils import timezone
from django_q.tasks import async_task

from bisectweb.models import Bisection, Message, PatchTest, Revision


def wake_bisection(pk: int) -> None:
    Bisection.objects.filter(pk=pk).update(woken=timezone.now())
    async_task("bisectweb.tasks.advance", pk, save=False)


def wake_revision(pk: int) -> None:
    Revision.objects.filter(pk=pk).update(woken=timezone.now())
    async_task("bisectweb.tasks.test", pk, save=False)


def wake_patch_test(pk: int) -> None:
    PatchTest.objects.filter(pk=pk).update(woken=timezone.now())
    async_task("bisectweb.tasks.try_patch", pk, save=False)


def wake_message(pk: int) -> None:
    Message.objects.filter(pk=pk).update(woken=timezone.now())
    async_task("bisectweb.tasks.send", pk, save=False)


def send_password_link(address: str) -> None:
    async_task("bisectweb.tasks.send_password_link", address, save=False)


def ask_for_beat() -> None:
    async_task("bisectweb.tasks.beat", save=False)
