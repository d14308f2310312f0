"""Mails on their way out: approved, sent at most once."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from bisectweb import queue
from bisectweb.models import Culprit, Event, Message, Score, Stop, as_rows
from bisectweb.outbound import digests, emails, limits
from bisectweb.outbound.delivery import Permanent, Temporary, Unknown, Withdrawn, deliver
from runner.values import Recipient

logger = logging.getLogger(__name__)
State = Message.State

ATTEMPTS = 20
"""Two days and some hours, with the pauses between them."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
SILENCE = timedelta(minutes=30)
"""A mail that is being sent for longer has no sender any more: each answer of a server has its
own deadline (`EMAIL_TIMEOUT`), and being wrong here sends nothing twice."""
REWAKE = timedelta(seconds=30)
"""When a mail that was woken and has not been taken is woken once more."""


def approve(message: Message, by: User | None) -> bool:
    """Let a mail leave; False when somebody decided about it before."""
    with transaction.atomic():
        if not _decide(message, (State.AWAITING_APPROVAL,), State.APPROVED, by):
            return False
        _tell(message, by, "approved the mail")
        queue.wake_message(message.pk)
        return True


def cancel(message: Message, by: User | None, reason: str) -> bool:
    """Keep a mail from leaving; False when it has left or somebody cancelled it before."""
    with transaction.atomic():
        if not _decide(message, Message.HELD, State.CANCELLED, by, reason):
            return False
        _tell(message, by, "cancelled the mail", reason)
        return True


def take_back(message: Message, by: User, why: str) -> bool:
    """Let a mail wait for approval again; False when it was not cancelled, or not for `why`."""
    with transaction.atomic():
        state = State.AWAITING_APPROVAL if message.people else State.DRAFTED
        rows = Message.objects.filter(pk=message.pk, state=State.CANCELLED, reason=why)
        back = rows.update(state=state, decided=None, decided_by=None, reason="")
        if back:
            _tell(message, by, "let the mail wait for approval again", f"no longer so: {why}")
    return bool(back)


def send_again(message: Message, by: User) -> bool:
    """Let a mail leave that failed, or that may have arrived; False in any other state."""
    with transaction.atomic():
        over = (State.FAILED, State.UNKNOWN)
        if not _decide(message, over, State.APPROVED, by, attempts=0, not_before=None):
            return False
        _tell(message, by, "let the mail be sent again")
        queue.wake_message(message.pk)
        return True


def arrived(message: Message, by: User) -> bool:
    """Somebody has seen the mail at the other end; False when nobody wondered."""
    with transaction.atomic():
        if not _decide(message, (State.UNKNOWN,), State.SENT, by, sent=F("begun")):
            return False
        _tell(message, by, "says that the mail arrived")
        return True


def readdress(message: Message, people: Sequence[Recipient], by: User, reason: str) -> bool:
    """Change whom a mail goes to; False when it was decided on before."""
    state = State.AWAITING_APPROVAL if people else State.DRAFTED
    with transaction.atomic():
        rows = Message.objects.filter(pk=message.pk, state__in=Message.UNDECIDED)
        before = rows.first()
        if before is None:
            return False
        rows.update(people=as_rows(people), state=state)
        changes = ", ".join(_changes(before.recipients, people)) or "nothing"
        _tell(message, by, f"changed the recipients ({changes}) of the mail", reason)
        return True


def _changes(before: Sequence[Recipient], after: Sequence[Recipient]) -> Iterator[str]:
    old = {one.address: one.header for one in before}
    new = {one.address: one.header for one in after}
    yield from (f"without {address}" for address in old if address not in new)
    for address, header in new.items():
        if old.get(address) != header:
            yield f"{address} in {header.capitalize()}"


def stop(by: User, reason: str) -> bool:
    """Keep every mail from leaving, until `resume`; False when that is so already."""
    with transaction.atomic():
        if Stop.current():
            return False
        Stop.objects.create(by=by, reason=reason)
        return True


def resume(by: User) -> bool:
    """Lift the stop; False when there is none."""
    lifted = Stop.objects.filter(lifted=None).update(lifted=timezone.now(), lifted_by=by)
    return bool(lifted)


def doubts(culprit: Culprit) -> list[str]:
    """Why a person has to read a culprit's mail before it leaves."""
    tree, score = culprit.bisection.bug.tree, Score.objects.filter(bisection=culprit.bisection)
    facts = (
        (not tree.auto_approve, "the tree wants each mail to be read"),
        ((culprit.confidence or 0) < tree.auto_confidence, "the confidence is too low"),
        (culprit.flags, "the result is flagged"),
        (not culprit.is_verified, "not everything could be checked"),
        (not score.filter(verdict=Score.Verdict.TRUST), "the log's score does not say trust"),
    )
    return [words for holds, words in facts if holds]


def _decide(
    message: Message,
    states: tuple[State, ...],
    state: State,
    by: User | None,
    reason: str = "",
    **changes: object,
) -> bool:
    """One compare-and-set: of two people, one decides."""
    rows = Message.objects.filter(pk=message.pk, state__in=states)
    decision = {"decided": timezone.now(), "decided_by": by, "reason": reason, "claim": ""}
    return bool(rows.update(state=state, **decision, **changes))


def _tell(message: Message, by: User | None, what: str, reason: str = "") -> None:
    text = f"{what}: {message}" + (f": {reason}" if reason else "")
    Event.objects.create(bug=message.bug, tree=message.digest_of, actor=by, text=text[:1000])


def send(message_pk: int) -> None:
    """Send an approved mail, at most once.

    It is claimed before anybody is called, and marked before its first byte leaves. Who dies
    before the mark leaves a mail that nobody can have; who dies after it leaves one of which
    nobody knows: a person looks, and nothing sends it again by itself.
    """
    if not (claim := _claim(message_pk)):
        return
    message = Message.objects.get(pk=message_pk)
    last = message.attempts >= ATTEMPTS
    try:
        refused = deliver(emails.outgoing(message), lambda: _begin(message_pk, claim), last=last)
    except Withdrawn:
        _settle(message, claim, State.APPROVED)
    except Temporary as error:
        _try_later(message, claim, str(error), last)
    except Permanent as error:
        _settle(message, claim, State.FAILED, error=str(error))
    except Unknown as error:
        _settle(message, claim, State.UNKNOWN, error=str(error))
    else:
        note = f"not taken for {refused}" if refused else ""
        _settle(message, claim, State.SENT, sent=timezone.now(), error=note)


def _claim(message_pk: int) -> str:
    """Take a mail whose turn it is: the claim, or empty when it may not leave now.

    In one transaction, which is the only one that writes: two senders count each other's mails.
    """
    now, claim = timezone.now(), secrets.token_hex(8)
    with transaction.atomic():
        rows = Message.objects.filter(Message.ready(now), pk=message_pk)
        message = rows.select_related("bug__tree", "digest_of").first()
        if message is None or Stop.current():
            return ""
        if wait := limits.held(message, now):
            rows.update(not_before=wait.until, error=wait.words)
            return ""
        rows.update(
            state=State.SENDING,
            claim=claim,
            claimed=now,
            begun=None,
            attempts=F("attempts") + 1,
            not_before=None,
            woken=None,
            error="",
        )
    return claim


def _begin(message_pk: int, claim: str) -> bool:
    """Mark that the mail leaves now; False when it is somebody else's by now, or all is stopped."""
    with transaction.atomic():
        if Stop.current():
            return False
        mine = Message.objects.filter(pk=message_pk, state=State.SENDING, claim=claim)
        return bool(mine.update(begun=timezone.now()))


def _settle(message: Message, claim: str, state: State, **changes: object) -> None:
    """Write down what became of it; who was thought dead still knows better."""
    mine = Message.objects.filter(
        pk=message.pk, claim=claim, state__in=(State.SENDING, State.UNKNOWN)
    )
    mine.update(state=state, **changes)
    if changes.get("error"):
        logger.warning("mail %s: %s: %s", message.message_id, state, changes.get("error"))


def _try_later(message: Message, claim: str, words: str, last: bool) -> None:
    if last:
        _settle(message, claim, State.FAILED, error=f"given up after {ATTEMPTS} attempts: {words}")
        return
    pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    _settle(message, claim, State.APPROVED, not_before=timezone.now() + pause, error=words)


def sweep() -> None:
    """Take mails out of the hands of senders who died, and wake those whose turn it is."""
    now = timezone.now()
    orphans = Message.objects.filter(state=State.SENDING, claimed__lt=now - SILENCE)
    orphans.filter(begun=None).update(state=State.APPROVED, claim="", woken=None)
    died = "the sender died while the mail was on its way"
    orphans.exclude(begun=None).update(state=State.UNKNOWN, error=died)
    if Stop.current():
        return
    asleep = Q(woken=None) | Q(woken__lt=now - REWAKE)
    digests.post_due(now)
    for pk in Message.objects.filter(Message.ready(now), asleep).values_list("pk", flat=True):
        queue.wake_message(pk)
