"""Who may ask for what: recipients of a bug, its tree's maintainers, people with an account."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from bisectweb.access import sees
from bisectweb.models import Bug, Culprit, Message

TOLD = (Message.State.SENT, Message.State.SENDING, Message.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person who wrote a mail about a bug."""

    address: str
    """In lower case."""
    bug: Bug
    user: User | None = None
    """Their account, if they have one."""
    may_see: bool = False
    """May learn of the bug, and of others of its tree."""
    may_ask: bool = False
    may_moderate: bool = False
    """May let mails leave."""


def asker(address: str, bug: Bug) -> Asker:
    """What somebody may who is known to be at an address."""
    user = account(address)
    moderates = is_maintainer(address, bug) or (user is not None and user.is_staff)
    may_see = moderates or sees(user or AnonymousUser(), bug)
    may_ask = moderates or (user is not None and may_see) or is_recipient(address, bug)
    return Asker(address, bug, user, may_see=may_see, may_ask=may_ask, may_moderate=moderates)


def account(address: str) -> User | None:
    """Whose address it is, letter by letter: databases take some letters for others."""
    alike = User.objects.filter(email__iexact=address, is_active=True).order_by("pk")
    return next((user for user in alike if user.email.lower() == address), None)


def is_maintainer(address: str, bug: Bug) -> bool:
    return address in bug.tree.maintainers.lower().split()


def is_recipient(address: str, bug: Bug) -> bool:
    """Whether a mail about the bug went to the address, or is meant for it."""
    mails = Message.objects.filter(bug=bug, state__in=TOLD, answer=None, patch_test=None)
    rows = [*mails, *Culprit.objects.filter(bisection__bug=bug, bisection__imported=False)]
    return any(address == one.lower() for row in rows for one in [*row.to, *row.cc])
