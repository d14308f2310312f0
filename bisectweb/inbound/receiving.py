"""Receives a mail: once, from whoever may, with an answer to what was asked wrongly."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import transaction

from bisectweb.inbound.answers import answer, answer_unknown
from bisectweb.inbound.carrying import AskingMail, carry_out
from bisectweb.inbound.finding import Found, find_bug, is_about
from bisectweb.inbound.keys import keys
from bisectweb.inbound.ourselves import is_own, own_address
from bisectweb.inbound.people import Asker, asker
from bisectweb.inbound.signatures import LARGEST, Proof, Unproven, prove
from bisectweb.models import Event, Message, Received
from bisectweb.outbound.emails import one_line
from bisectweb.outbound.unwanted import bounced, opt_out
from runner.errors import InputError
from runner.mail import Command, Incoming, read_mail
from runner.mail.commands import Refused

State = Received.State


@dataclass
class Outcome:
    """What became of a mail."""

    state: State
    said: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    is_secret: bool = False
    """An answer would say that there is such a bug."""
    is_unknown: bool = False
    """Its sender is told that it is about no bug, or about none that they may hear of."""


def receive(stream: BinaryIO) -> Received:
    """Record a mail and do what it asks for, both or neither, whatever copies of it come.

    The first copy that proves its sender counts: lists break signatures. `InfraError` when nobody
    can know yet; then nothing was recorded, and the mail is to be brought again.
    """
    mail = read_mail(stream)
    message_id = mail.message_id or _hash(stream)
    known = Received.objects.filter(message_id=message_id, sender=mail.sender).first()
    if known and known.state != State.UNPROVEN:
        return known
    found = find_bug(mail)
    proof = _proof(stream, mail, found) if _needs_proof(mail, found) else Unproven("")
    with transaction.atomic():
        row, is_new = Received.objects.get_or_create(
            message_id=message_id,
            sender=mail.sender,
            defaults={
                "subject": one_line(mail.subject)[:500],
                "bug": found.bug if found else None,
                "state": State.UNPROVEN,
            },
        )
        if is_new or (row.state == State.UNPROVEN and isinstance(proof, Proof)):
            _record(row, _treat(row, mail, found, proof))
    return row


def _hash(stream: BinaryIO) -> str:
    """A name for a mail that has none."""
    stream.seek(0)
    digest = hashlib.sha256()
    while block := stream.read(1 << 16):
        digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _asks(mail: Incoming) -> bool:
    return bool(mail.commands or mail.refused)


def _needs_proof(mail: Incoming, found: Found | None) -> bool:
    return _asks(mail) and (found is not None or _is_to_us(mail, frozenset({"to", "cc"})))


def _is_to_us(mail: Incoming, signed: frozenset[str]) -> bool:
    """Whether its author wrote to us, by themselves: not a list, whose people wrote to others."""
    own = {header: any(map(is_own, getattr(mail, header))) for header in ("to", "cc")}
    return not mail.by_list and any(own[header] for header in own if header in signed)


def _proof(stream: BinaryIO, mail: Incoming, found: Found | None) -> Proof | Unproven:
    """Who sent the mail, if that is known; and that it was them who named the bug."""
    stream.seek(0)
    proof = prove(stream.read(LARGEST + 1), keys())
    if isinstance(proof, Unproven):
        return proof
    if proof.sender != mail.sender:
        return Unproven("its From can be read in two ways")
    if found is None:
        return proof
    references = {"in-reply-to", "references"} & proof.signed
    is_named = references if found.by == "references" else found.by in proof.signed
    if not is_named and not is_about(mail.subject, found.bug):
        return Unproven("its signature does not cover what says which bug it is about")
    return proof


def _treat(row: Received, mail: Incoming, found: Found | None, proof: Proof | Unproven) -> Outcome:
    if mail.automatic:
        return Outcome(State.IGNORED, _undelivered(mail) or ["a program sent it"])
    if _is_ours(mail):
        return Outcome(State.IGNORED, ["we sent it ourselves"])
    if not _asks(mail):
        return Outcome(State.IGNORED, ["it asks for nothing"])
    if found is None:
        told = isinstance(proof, Proof) and _is_to_us(mail, proof.signed)
        words = "it does not say which bug it is about"
        return Outcome(State.NO_BUG, [words], is_unknown=told)
    if isinstance(proof, Unproven):
        return _unproven(mail, found, proof)
    return _asked(row, asker(proof.sender, found.bug), mail, proof)


def _is_ours(mail: Incoming) -> bool:
    return (
        mail.sender == own_address() or Message.objects.filter(message_id=mail.message_id).exists()
    )


def _undelivered(mail: Incoming) -> list[str]:
    return [
        f"{one.address} could not be reached ({one.status})"
        for one in mail.undelivered
        if bounced(one.address, one.status, one.message_id)
    ]


def _unproven(mail: Incoming, found: Found, proof: Unproven) -> Outcome:
    """Nothing is done but that somebody gets fewer mails, and nobody is answered."""
    outcome = Outcome(State.UNPROVEN, [f"its sender is not known for sure: {proof.why}"])
    if Command("uncc") in mail.commands and mail.sender:
        opt_out(mail.sender, found.bug)
        outcome.said.append("uncc: no more mail about this bug to this address")
    _audit(Asker(mail.sender, found.bug), outcome.said)
    return outcome


def _others(mail: Incoming, proof: Proof) -> Sequence[str]:
    """Who else the mail went to: what is not signed, anybody may have added."""
    named = [(header, getattr(mail, header)) for header in ("to", "cc")]
    all_of_them = [one for header, those in named if header in proof.signed for one in those]
    return [one for one in dict.fromkeys(all_of_them) if one != mail.sender and not is_own(one)]


def _asked(row: Received, person: Asker, mail: Incoming, proof: Proof) -> Outcome:
    others = _others(mail, proof)
    asking = AskingMail(row, mail.patch or "", is_whole=not mail.shortened, others=others)
    is_secret = not (person.may_see or person.may_ask)
    outcome = Outcome(State.DONE, refused=list(mail.refused), is_secret=is_secret)
    outcome.is_unknown = is_secret and _is_to_us(mail, proof.signed)
    for command in mail.commands:
        line = f"{command.name}: {command.args}" if command.args else command.name
        try:
            with transaction.atomic():
                outcome.said.append(f"{line}: {carry_out(command, person, asking)}")
        except InputError as error:
            outcome.refused.append(Refused(f"#bisect {line}", str(error)))
    _audit(person, [*outcome.said, *(f"refused {one.sentence}" for one in outcome.refused)])
    if outcome.refused:
        outcome.state = State.REFUSED
    return outcome


def _audit(person: Asker, said: Sequence[str]) -> None:
    for words in said:
        text = one_line(f"{person.address} by mail: {words}")
        Event.objects.create(bug=person.bug, actor=person.user, text=text[:1000])


def _record(row: Received, outcome: Outcome) -> None:
    row.state = outcome.state
    row.said = "\n".join(
        one_line(words)
        for words in [*outcome.said, *(f"refused {one.sentence}" for one in outcome.refused)]
    )
    row.save(update_fields=["state", "said"])
    if outcome.is_unknown:
        answer_unknown(row)
    elif outcome.refused and not outcome.is_secret:
        answer(row, outcome.refused, outcome.said)
