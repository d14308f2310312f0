"""Fetches mails from a mailbox, over IMAP: each is marked as seen once it was recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags

from bisectweb.inbound.receiving import receive
from runner.errors import InfraError, InputError

logger = logging.getLogger(__name__)
LARGEST = 32 << 20
"""Bytes of a mail that are fetched; what is more of it is not read."""
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Fetched:
    recorded: int
    left: int
    """Mails that could not be recorded now; they stay unseen."""


def fetch() -> Fetched:
    """Receive all unseen mails of the mailbox that the settings name."""
    recorded = left = 0
    with _mailbox() as box:
        for uid in box.uids("UNSEEN"):
            if _receive(box, uid):
                box.flag([uid], [MailMessageFlags.SEEN], True)
                recorded += 1
            else:
                left += 1
    return Fetched(recorded, left)


@contextmanager
def _mailbox() -> Iterator[BaseMailBox]:
    """Signed in. Nothing is sent in clear text unless the settings ask for that."""
    host, port = settings.IMAP_HOST, settings.IMAP_PORT
    if not host:
        raise InputError("no mailbox is set: BISECTWEB_IMAP_HOST names its server")
    try:
        match settings.IMAP_SECURITY:
            case "starttls":
                box: BaseMailBox = MailBoxStartTls(host, port, timeout=SECONDS)
            case "none":
                box = MailBoxUnencrypted(host, port, timeout=SECONDS)
            case _:
                box = MailBox(host, port, timeout=SECONDS)
    except OSError as error:
        raise InfraError(f"the mail server {host}:{port} does not answer: {error}") from error
    try:
        box.login(settings.IMAP_USER, settings.IMAP_PASSWORD, settings.IMAP_FOLDER)
    except Exception:
        box.client.shutdown()  # nobody else closes the connection
        raise
    with box:
        yield box


def _receive(box: BaseMailBox, uid: str) -> bool:
    """Whether a mail was recorded; one that was not does not keep the others from it."""
    try:
        receive(BytesIO(_raw(box, uid)))
    except Exception:
        logger.exception("mail %s of the mailbox could not be received now", uid)
        return False
    return True


def _raw(box: BaseMailBox, uid: str) -> bytes:
    """Its bytes as they came: a signature is over those."""
    _, answer = box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
    for part in answer:
        if isinstance(part, tuple):
            return bytes(part[1])
    raise InfraError(f"the mail server does not give mail {uid}")
