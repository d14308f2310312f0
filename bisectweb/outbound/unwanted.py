"""Who is not written to: people who asked for that, and addresses that nothing reaches."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from bisectweb.models import Bounce, Bug, Message, OptOut

LEFT = (Message.State.SENT, Message.State.UNKNOWN)


def unwanted(bug: Bug | None) -> frozenset[str]:
    """The addresses, in lower case, that no mail about a bug, or about none, goes to."""
    opted_out = OptOut.objects.filter(Q(bug=bug) | Q(bug=None)).values_list("address", flat=True)
    return frozenset(opted_out) | suspended()


def suspended() -> frozenset[str]:
    """Addresses that several mails did not reach."""
    counted = Bounce.objects.order_by().values("address").annotate(mails=Count("message"))
    return frozenset(counted.filter(mails__gte=Bounce.MOST).values_list("address", flat=True))


def opt_out(address: str, bug: Bug | None) -> None:
    """No more mail to an address, about a bug or about any; mails not yet sent are changed."""
    with transaction.atomic():
        OptOut.objects.get_or_create(address=address.lower(), bug=bug)
        drafts = Message.objects.filter(state__in=Message.HELD)
        drop([address], drafts.filter(bug=bug) if bug else drafts)


def bounced(address: str, status: str, message_id: str) -> bool:
    """Count a mail that did not reach somebody it was sent to; False: it was no mail of ours."""
    sent = Message.objects.filter(message_id=message_id, state__in=LEFT).first()
    if sent is None or address.lower() not in map(str.lower, [*sent.to, *sent.cc]):
        return False
    with transaction.atomic():
        Bounce.objects.get_or_create(
            message=sent, address=address.lower(), defaults={"status": status}
        )
        if address.lower() in suspended():
            drop([address], Message.objects.filter(state__in=Message.HELD))
    return True


def drop(addresses: Sequence[str], drafts: QuerySet[Message]) -> None:
    """Take addresses out of mails; what then goes to nobody is a draft."""
    gone = {address.lower() for address in addresses}
    for message in drafts:
        left = [one for one in message.people if one["address"].lower() not in gone]
        if len(left) < len(message.people):
            unsent = Message.objects.filter(pk=message.pk, state__in=Message.HELD)
            state = message.state if left else Message.State.DRAFTED
            unsent.update(people=left, state=state)
