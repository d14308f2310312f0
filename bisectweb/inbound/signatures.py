"""Whether a mail was sent by whom it says: DKIM (RFC 6376), read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dkim

from bisectweb.inbound.keys import Keys
from runner.errors import InfraError

LARGEST = 8 << 20
"""Bytes of a mail whose signature is looked at: it takes several times that in memory."""
LONGEST_HEAD = 64 << 10
MOST_HEADERS = 500
LONGEST_FROM = 2000
"""Mails that have more in their headers make the check slow; people's have less."""
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
MOST = 5
"""Signatures of one mail that are looked at; each takes a question to the DNS."""
BLANKS = b" " * 100
"""So many make the check of a signature slow."""
SIGNED = frozenset({"from", "subject", "message-id", "date"})
"""What a signature has to cover: what is asked, and that it is asked once."""
ONCE = (*SIGNED, "to", "cc", "in-reply-to", "references")
"""Headers that a mail may have once: else the one that was signed may not be the one we read."""
QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
ONE_ADDRESS = re.compile(
    rb"[^<>@\"(),;:]*<([^\s<>@\"(),;:]+@[^\s<>@\"(),;:]+)>\s*|\s*([^\s<>@\"(),;:]+@[^\s<>@\"(),;:]+)\s*"
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who sent a mail, for sure."""

    sender: str
    """In lower case."""
    signed: frozenset[str]
    """The headers that nobody has changed since; in lower case."""


@dataclass(frozen=True, slots=True)
class Unproven:
    why: str


def prove(raw: bytes, keys: Keys) -> Proof | Unproven:
    """The sender, if the domain of the address in `From` has signed the mail.

    `InfraError` when the DNS does not answer: nobody can know yet.
    """
    try:
        return _prove(raw, keys)
    except InfraError:
        raise
    except Exception as error:  # whatever the library trips over: it proves nothing
        return Unproven(f"it cannot be read: {type(error).__name__}")


def _prove(raw: bytes, keys: Keys) -> Proof | Unproven:
    if trouble := _unfit(raw):
        return Unproven(trouble)
    mail = dkim.DKIM(raw)
    sender = _sender(mail.headers)
    if isinstance(sender, Unproven):
        return sender
    signatures = sum(name.lower() == b"dkim-signature" for name, _ in mail.headers)
    if not signatures:
        return Unproven("it has no DKIM signature")
    why = "none of its signatures is valid"
    for number in range(min(signatures, MOST)):
        match _verify(raw, number, sender, keys):
            case Proof() as proof:
                return proof
            case Unproven(reason):
                why = reason
    return Unproven(why)


def _unfit(raw: bytes) -> str:
    """What keeps a signature from being looked at, or from being worth anything."""
    end = END_OF_HEAD.search(raw)
    head = raw[: end.start()] if end else raw
    if len(raw) > LARGEST:
        return "it is too large"
    if len(head) > LONGEST_HEAD or head.count(b"\n") > MOST_HEADERS:
        return "its headers are too long"
    if BLANKS in raw.replace(b"\t", b" "):
        return "it has too many blanks in one place"
    if b"\r" in head.replace(b"\r\n", b""):
        return "its headers are broken"
    return ""


def _sender(headers: Sequence[tuple[bytes, bytes]]) -> str | Unproven:
    """The one address in `From`. A name may look like another address; it is none."""
    names = [name.lower().decode("ascii", "replace") for name, _ in headers]
    doubled = sorted(name for name in ONCE if names.count(name) > 1)
    if doubled:
        return Unproven(f"it has two headers called {doubled[0]}")
    values = [value for name, value in headers if name.lower() == b"from"]
    plain = QUOTED.sub(b"", values[0]) if values and len(values[0]) <= LONGEST_FROM else b""
    match = ONE_ADDRESS.fullmatch(plain)
    if match is None:
        return Unproven("its From has not one plain address")
    # Only the letters of ASCII: else a Kelvin sign would become a k, and one person another.
    return (match[1] or match[2]).lower().decode("utf-8", "replace")


def _verify(raw: bytes, number: int, sender: str, keys: Keys) -> Proof | Unproven:
    mail = dkim.DKIM(raw, minkey=1024)
    try:
        prepared = mail.verify_headerprep(number)
        fields, signed = prepared[0], frozenset(_names(prepared[1]))
        if trouble := _unacceptable(fields, signed, sender.rpartition("@")[2]):
            return Unproven(trouble)
        if mail.verify(number, dnsfunc=lambda name, timeout: keys(name.decode())):
            return Proof(sender, signed)
    except dkim.DKIMException:
        pass
    return Unproven("its signature is wrong")


def _names(headers: Sequence[bytes]) -> Iterator[str]:
    return (name.decode("ascii", "replace").strip() for name in headers)


def _unacceptable(fields: dict[bytes, bytes], signed: frozenset[str], home: str) -> str:
    """Why even a valid signature would not do."""
    domain = fields[b"d"].decode("ascii", "replace").lower()
    if "." not in domain or not f".{home}".endswith(f".{domain}"):
        return f"it is signed by {domain}, not by {home}"
    if b"l" in fields:
        return "its signature covers a part of it only"
    if fields[b"a"] not in (b"rsa-sha256", b"ed25519-sha256"):
        return "its signature is of a kind that is no longer safe"
    if missing := sorted(SIGNED - signed):
        return f"its signature does not cover {missing[0]}"
    return ""
