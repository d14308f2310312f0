"""How many mails may leave in an hour: in all, about a tree, to one address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.conf import settings
from django.db.models.functions import Coalesce

from bisectweb.models import Message

HOUR = timedelta(hours=1)
LEFT = (Message.State.SENDING, Message.State.UNKNOWN, Message.State.SENT)


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that has to wait."""

    until: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Limit:
    """So many mails in an hour; 0 is no limit."""

    most: int
    words: str
    times: list[datetime]
    """When those left that count against it, in the last hour; earliest first."""


def held(message: Message, now: datetime) -> Held | None:
    """Until when a mail must wait, by the limit that makes it wait for longest."""
    waits = [
        Held(
            limit.times[-limit.most] + HOUR,
            f"the limit of {limit.most} mails an hour {limit.words}",
        )
        for limit in _limits(message, now)
        if limit.most and len(limit.times) >= limit.most
    ]
    return max(waits, key=lambda one: one.until, default=None)


def _limits(message: Message, now: datetime) -> Iterator[Limit]:
    left = Message.objects.filter(state__in=LEFT, claimed__gt=now - HOUR).exclude(pk=message.pk)
    found = left.values_list("claimed", Coalesce("digest_of", "bug__tree"), "people")
    rows = sorted(((at, tree, people) for at, tree, people in found if at), key=itemgetter(0))
    yield Limit(settings.MAILS_PER_HOUR, "in all", [at for at, *_ in rows])
    if tree := message.tree:
        of_tree = [at for at, pk, _ in rows if pk == tree.pk]
        yield Limit(tree.mails_per_hour, f"about {tree}", of_tree)
    for address in [*message.to, *message.cc]:
        to_them = [
            at
            for at, _, people in rows
            if any(one["address"].lower() == address.lower() for one in people)
        ]
        yield Limit(settings.MAILS_PER_RECIPIENT, f"to {address}", to_them)
