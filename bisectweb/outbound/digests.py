"""Tells those who may approve mails which ones wait: a digest for each tree, at most one a day."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from bisectweb import queue
from bisectweb.models import Message, Stop, Tree, as_rows
from bisectweb.outbound.emails import percent, rendered
from bisectweb.outbound.unwanted import unwanted
from runner.values import Header, Recipient

logger = logging.getLogger(__name__)
DAY = timedelta(days=1)
MOST_LISTED = 50
"""Mails that a digest lists; the page has all."""
AWAITING = Message.State.AWAITING_APPROVAL


def post_due(now: datetime) -> None:
    """Put the digests that are due into the outbox. While all mail is stopped none is due."""
    waiting = Message.objects.filter(state=AWAITING).values("bug__tree")
    trees = Tree.objects.filter(pk__in=waiting, digest_after__gt=0)
    if not trees or Stop.current():
        return
    for tree in trees:
        mails = list(
            Message.objects.filter(state=AWAITING, bug__tree=tree)
            .select_related("bug", "bisection__culprit")
            .order_by("created", "pk")
        )
        last = tree.digests.order_by("-pk").first()
        if _is_due(tree, mails, last, now):
            _post(tree, mails, last, now)


def _is_due(tree: Tree, mails: Sequence[Message], last: Message | None, now: datetime) -> bool:
    """A day after the last one; sooner when many wait that it did not tell of."""
    if last is None or last.created <= now - DAY:
        return bool(mails)
    told = set(last.lists.values_list("pk", flat=True))
    return sum(mail.pk not in told for mail in mails) >= tree.digest_after


def _post(tree: Tree, mails: Sequence[Message], last: Message | None, now: datetime) -> None:
    people = approvers(tree)
    if not people:
        return
    many = f"{len(mails)} mails await" if len(mails) > 1 else "1 mail awaits"
    try:
        with transaction.atomic():
            message = Message.objects.create(
                digest_of=tree,
                state=Message.State.APPROVED,
                decided=now,
                reason="a digest",
                subject=f"[bisectweb] {many} approval for {tree}"[:500],
                body=_body(tree, mails, now),
                people=as_rows(people),
                # Of two processes that look at the same time, one posts it: this is unique.
                message_id=f"<digest-{tree.pk}-{last.pk if last else 0}@{settings.MAIL_DOMAIN}>",
            )
            message.lists.set(mails)
            queue.wake_message(message.pk)
    except IntegrityError:
        logger.info("another process posted the digest of %s", tree)


def approvers(tree: Tree) -> list[Recipient]:
    """Who may let the tree's mails leave: its maintainers, or else the admins."""
    addresses = dict.fromkeys(tree.maintainers.split(), f"maintainer of the tree {tree}")
    if not addresses:
        admins = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
        addresses = dict.fromkeys(admins.values_list("email", flat=True).order_by("pk"), "admin")
    never = unwanted(None)
    return [
        Recipient(address, "", Header.TO, reason)
        for address, reason in addresses.items()
        if address.lower() not in never
    ]


def _body(tree: Tree, mails: Sequence[Message], now: datetime) -> str:
    context = {
        "tree": tree,
        "site": settings.SITE_URL,
        "mails": [(mail, _age(now - mail.created), _sure(mail)) for mail in mails[:MOST_LISTED]],
        "more": max(len(mails) - MOST_LISTED, 0),
    }
    return rendered(tree, "digest.txt", context)


def _age(waited: timedelta) -> str:
    hours = int(waited.total_seconds() // 3600)
    number, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    if not hours:
        return "less than an hour"
    return f"{number} {unit}{'s' * (number != 1)}"


def _sure(mail: Message) -> str:
    """The confidence in the culprit that a mail tells of; empty for one of no culprit."""
    culprit = getattr(mail.bisection, "culprit", None)
    if culprit is None or culprit.confidence is None:
        return ""
    return percent(culprit.confidence) + (", flagged" if culprit.flags else "")
