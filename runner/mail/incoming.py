"""A mail that came in, read as far as a machine can: which bug, which commands, which patch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from runner.mail.commands import LINE, Command, Refused, find_commands
from runner.mail.origin import is_automatic
from runner.mail.parts import Parts, parts
from runner.mail.patches import find_patch
from runner.mail.quotes import own_lines
from runner.mail.shortened import shortened

BUG = re.compile(r"(?:^|[\s<,;:])bug\+([0-9a-f]{8,64})@", re.IGNORECASE)
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


def read_mail(stream: BinaryIO) -> Incoming:
    """Read one mail, of any size and in any state. Never raises for what is in it."""
    raw, missing = shortened(stream)
    mail = parts(raw)
    bug = _bug(mail)
    if is_automatic(mail):
        return Incoming(bug, automatic=True, shortened=missing)
    lines = own_lines(mail.text)
    commands, refused = find_commands([*_subject(mail), *lines])
    return Incoming(bug, tuple(commands), tuple(refused), _patch(mail, lines), shortened=missing)


def _bug(mail: Parts) -> str | None:
    for value in [*mail.all("to"), *mail.all("cc")]:
        # A name in quotes may look like anything.
        if match := BUG.search(IN_QUOTES.sub(" ", value)):
            return match[1].lower()
    return None


def _subject(mail: Parts) -> list[str | None]:
    """A command may stand in the subject; nothing of the text belongs to it."""
    subject = mail.header("subject")
    return [subject, None] if LINE.match(subject) else []


def _patch(mail: Parts, lines: list[str | None]) -> str | None:
    attached = (find_patch(text) for text in mail.attachments)
    inline = find_patch("\n".join(line or "" for line in lines))
    return next((patch for patch in attached if patch), inline) or None
