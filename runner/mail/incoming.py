"""A mail that came in, read as far as a machine can: which bug, which commands, which patch."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import BinaryIO

from runner.mail.bounces import Undelivered, undelivered
from runner.mail.commands import LINE, Command, Refused, find_commands
from runner.mail.origin import by_list, is_automatic, sender
from runner.mail.parts import Parts, parts
from runner.mail.patches import find_patch
from runner.mail.quotes import own_lines
from runner.mail.shortened import shortened

BUG = re.compile(r"(?:^|[\s<,;:])bug\+([0-9a-f]{8,64})@", re.IGNORECASE)
BUG_HEADERS = ("to", "cc", "delivered-to", "x-original-to")
"""Where the address may stand that a mail came to."""
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
MOST_REFERENCES = 100
MOST_ADDRESS = 320
MOST_OTHERS = 100
"""Addresses that are read of a header."""
ADDRESS = re.compile(
    r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)", re.ASCII
)
IN_BRACKETS = re.compile(rf"<{ADDRESS.pattern}>", re.ASCII)
IN_QUOTES = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mail says, whoever sent it: nothing here was verified."""

    bug: str | None = None
    """The bug's token, from the `bug+TOKEN@` that it was sent to."""
    commands: tuple[Command, ...] = ()
    refused: tuple[Refused, ...] = ()
    patch: str | None = None
    """Unified diffs, attached or in the text."""
    automatic: bool = False
    """A program sent it: nothing in it is asked for, and nobody is to answer."""
    shortened: bool = False
    """It was too large; what is missing was not read."""
    addressed: str = ""
    """The header in which that stands."""
    sender: str = ""
    """The address in `From`, in lower case."""
    to: tuple[str, ...] = ()
    """The addresses in `To`, in lower case, each once,"""
    cc: tuple[str, ...] = ()
    """and those in `Cc`."""
    by_list: bool = False
    """A list passed it on."""
    message_id: str = ""
    """With its angle brackets; empty when it has none."""
    references: tuple[str, ...] = ()
    """The mails that it answers, the nearest first."""
    subject: str = ""
    undelivered: tuple[Undelivered, ...] = ()
    """What the report of a mail server says."""


def read_mail(stream: BinaryIO) -> Incoming:
    """Read one mail, of any size and in any state. Never raises for what is in it."""
    raw, missing = shortened(stream)
    mail = parts(raw)
    bug, header = _bug(mail)
    said = Incoming(
        bug=bug,
        addressed=header,
        automatic=is_automatic(mail),
        shortened=missing,
        sender=sender(mail).lower()[:MOST_ADDRESS],
        to=_addresses(mail, "to"),
        cc=_addresses(mail, "cc"),
        by_list=by_list(mail),
        message_id=next(iter(MESSAGE_ID.findall(mail.header("message-id"))), ""),
        references=_references(mail),
        subject=mail.header("subject"),
    )
    if said.automatic:
        return replace(said, undelivered=undelivered(raw, mail.kind))
    lines = own_lines(mail.text)
    commands, refused = find_commands([*_subject(mail), *lines])
    return replace(
        said, commands=tuple(commands), refused=tuple(refused), patch=_patch(mail, lines)
    )


def _bug(mail: Parts) -> tuple[str | None, str]:
    for header in BUG_HEADERS:
        for value in mail.all(header):
            # A name in quotes may look like anything.
            if match := BUG.search(IN_QUOTES.sub(" ", value)):
                return match[1].lower(), header
    return None, ""


def _addresses(mail: Parts, header: str) -> tuple[str, ...]:
    """A name may look like an address; it is none where one stands behind it."""
    pieces = IN_QUOTES.sub(" ", mail.header(header)).split(",")
    found = (IN_BRACKETS.search(piece) or ADDRESS.fullmatch(piece.strip()) for piece in pieces)
    addresses = (match[1].lower() for match in found if match and len(match[1]) <= MOST_ADDRESS)
    return tuple(dict.fromkeys(addresses))[:MOST_OTHERS]


def _references(mail: Parts) -> tuple[str, ...]:
    nearest = MESSAGE_ID.findall(mail.header("in-reply-to"))
    others = MESSAGE_ID.findall(mail.header("references"))[::-1]
    return tuple(dict.fromkeys([*nearest, *others]))[:MOST_REFERENCES]


def _subject(mail: Parts) -> list[str | None]:
    """A command may stand in the subject; nothing of the text belongs to it."""
    subject = mail.header("subject")
    return [subject, None] if LINE.match(subject) else []


def _patch(mail: Parts, lines: list[str | None]) -> str | None:
    attached = (find_patch(text) for text in mail.attachments)
    inline = find_patch("\n".join(line or "" for line in lines))
    return next((patch for patch in attached if patch), inline) or None
