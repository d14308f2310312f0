"""Hands one mail over, and knows what became of it where that fails."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from contextlib import suppress

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from bisectweb.outbound.mailbox import FolderBackend

ENCODING = "utf-8"


class NotDelivered(Exception):
    """The other end does not have the mail; the words are its own where it said any."""


class Temporary(NotDelivered):
    """It may be taken later."""


class Permanent(NotDelivered):
    """It will never be taken as it is."""


class Withdrawn(NotDelivered):
    """`begin` said no: nothing of the mail has left."""


class Unknown(Exception):
    """The mail was on its way when the other end went silent: nobody knows whether it has it."""


def deliver(mail: EmailMessage, begin: Callable[[], bool], *, last: bool) -> str:
    """Hand a mail over; in words, who was refused although others got it.

    `begin` is called right before the first byte of the mail leaves: until then nothing can have
    arrived. With somebody refused for now, nobody gets it, unless this is the `last` attempt.
    """
    backend = get_connection()
    if isinstance(backend, EmailBackend):
        return _by_smtp(backend, mail, begin, last)
    if not begin():
        raise Withdrawn
    try:
        backend.send_messages([mail])
    except ValueError as error:  # an address that no mail header can hold
        raise Permanent(str(error)) from error
    except OSError as error:
        # A file is there whole or not at all.
        fate = Temporary if isinstance(backend, FolderBackend) else Unknown
        raise fate(str(error)) from error
    return ""


def _by_smtp(
    backend: EmailBackend, mail: EmailMessage, begin: Callable[[], bool], last: bool
) -> str:
    try:
        content = mail.message().as_bytes().replace(b"\n", b"\r\n")
        backend.open()
        smtp = backend.connection
        assert isinstance(smtp, smtplib.SMTP)
        note = _envelope(smtp, mail, content, last)
        _expect(smtp.docmd("DATA"), 354)
        if not begin():
            raise Withdrawn
        _content(smtp, content)
    except ValueError as error:  # an address that no mail header can hold
        raise Permanent(str(error)) from error
    except OSError as error:  # smtplib's own errors are among them
        raise _fate(error) from error
    finally:
        _hang_up(backend)
    return note


def _envelope(smtp: smtplib.SMTP, mail: EmailMessage, content: bytes, last: bool) -> str:
    smtp.ehlo_or_helo_if_needed()
    options = [f"size={len(content)}"] if smtp.has_extn("size") else []
    options += ["body=8bitmime"] if smtp.has_extn("8bitmime") else []
    _expect(smtp.mail(sanitize_address(mail.from_email, ENCODING), options), 250)
    refused: list[tuple[str, int, bytes]] = []
    everybody = mail.recipients()
    for address in everybody:
        code, words = smtp.rcpt(sanitize_address(address, ENCODING))
        if code not in (250, 251):
            refused.append((address, code, words))
    waits = any(code < 500 for _, code, _ in refused) and not last
    note = "; ".join(f"{address}: {_said(code, words)}" for address, code, words in refused)
    if waits or len(refused) == len(everybody):
        raise Temporary(note) if waits else Permanent(note)
    return note


def _content(smtp: smtplib.SMTP, content: bytes) -> None:
    """Lines that begin with a dot get another one (RFC 5321, 4.5.2)."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    try:
        smtp.send(re.sub(rb"(?m)^\.", b"..", content) + end + b".\r\n")
        code, words = smtp.getreply()
    except OSError as error:
        raise Unknown(_words(error)) from error
    if 400 <= code < 600:
        raise smtplib.SMTPResponseException(code, words)
    if not 200 <= code < 300:
        raise Unknown(_said(code, words))


def _expect(reply: tuple[int, bytes], wanted: int) -> None:
    code, words = reply
    if code != wanted:
        raise smtplib.SMTPResponseException(code, words)


def _fate(error: OSError) -> NotDelivered:
    """Whether it is worth trying again what went wrong before the other end had the mail."""
    refused = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
    unable = isinstance(error, smtplib.SMTPNotSupportedError)
    return (Permanent if refused or unable else Temporary)(_words(error))


def _words(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _said(code: int, words: bytes | str) -> str:
    text = words if isinstance(words, str) else words.decode(errors="replace")
    return f"{code} {text}"


def _hang_up(backend: EmailBackend) -> None:
    """Without QUIT: in the middle of a mail it would be taken for a part of it."""
    if isinstance(backend.connection, smtplib.SMTP):
        backend.connection.close()
        backend.connection = None
    with suppress(OSError):
        backend.close()  # one that was refused before any mail
