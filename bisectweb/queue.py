"""Wake-ups: a task names a row, and the row's lease decides who works on it.

Queued inside the transaction that writes the rows: both happen or neither.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from bisectweb.models import Bisection, Message, PatchTest, Revision
from bisectweb.models.lease import Leased


def wake_bisection(pk: int) -> None:
    _note(Bisection, pk)
    async_task("bisectweb.tasks.advance", pk, save=False)


def wake_revision(pk: int) -> None:
    _note(Revision, pk)
    async_task("bisectweb.tasks.test", pk, save=False)


def wake_patch_test(pk: int) -> None:
    _note(PatchTest, pk)
    async_task("bisectweb.tasks.try_patch", pk, save=False)


def wake_message(pk: int) -> None:
    _note(Message, pk)
    async_task("bisectweb.tasks.send", pk, save=False)


def _note(model: type[Leased] | type[Message], pk: int) -> None:
    """That it was woken, unless somebody has it in hand. Who wakes it may hold rows that they wait
    for, and at worst it is woken once more.
    """
    rows: QuerySet[Any] = model._default_manager.filter(pk=pk)
    with transaction.atomic():
        free = rows.select_for_update(no_key=True, skip_locked=True).values("pk")
        rows.filter(pk__in=free).update(woken=timezone.now())


def send_password_link(address: str) -> None:
    async_task("bisectweb.tasks.send_password_link", address, save=False)


def ask_for_beat() -> None:
    async_task("bisectweb.tasks.beat", save=False)
