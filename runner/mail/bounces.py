"""Which addresses a mail server could not reach, by its report (RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

MOST = 100
ADDRESS = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]{1,320}@[^\s<>;]{1,255})>?", re.IGNORECASE)
PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")
MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One address that a mail did not reach, for good."""

    address: str
    """In lower case."""
    status: str
    """Such as 5.1.1, no such mailbox (RFC 3463)."""
    message_id: str
    """Of the mail that did not reach it, with its angle brackets."""


def undelivered(raw: bytes, kind: str) -> tuple[Undelivered, ...]:
    """What a mail of content type `kind` reports; nothing when it is no such report.

    A report that does not name the mail it is about says nothing: anybody can write reports.
    """
    if not kind.startswith("multipart/report"):
        return ()
    try:
        mail = message_from_bytes(raw, policy=compat32)
        message_id = next(_returned(mail), "")
        failed = dict(_failed(mail))
    except Exception:  # whatever the standard library trips over: nobody can tell what it says
        return ()
    if not message_id:
        return ()
    pairs = list(failed.items())[:MOST]
    return tuple(Undelivered(address, status, message_id) for address, status in pairs)


def _parts(mail: Message, kind: str) -> Iterator[Message]:
    payload = mail.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Message) and part.get_content_type() == kind:
            yield part


def _failed(mail: Message) -> Iterator[tuple[str, str]]:
    for report in _parts(mail, "message/delivery-status"):
        blocks = report.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            address = ADDRESS.search(str(block.get("final-recipient", "")))
            status = PERMANENT.search(str(block.get("status", "")))
            failed = str(block.get("action", "")).strip().lower() == "failed"
            if address and status and failed:
                yield address[1].lower(), status[0]


def _returned(mail: Message) -> Iterator[str]:
    """The Message-ID of what came back, whole or its headers only."""
    for part in _parts(mail, "message/rfc822"):
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from MESSAGE_ID.findall(f"message-id: {inner.get('message-id', '')}")
    for part in _parts(mail, "text/rfc822-headers"):
        headers = part.get_payload(decode=True)
        if isinstance(headers, bytes):
            yield from MESSAGE_ID.findall(headers.decode("utf-8", "replace"))
