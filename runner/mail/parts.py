"""A mail's headers, text and attachments, out of bytes that anybody may have sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32

from runner.mail.html import as_text

HEADER_LETTERS = 64 << 10


@dataclass(frozen=True, slots=True)
class Parts:
    """A mail as people see it."""

    headers: tuple[tuple[str, str], ...]
    """Lower-case names, decoded values on one line."""
    kind: str = "text/plain"
    """Content type of the whole mail, with its parameters, in lower case."""
    text: str = ""
    attachments: tuple[str, ...] = ()
    """The texts among them, decoded."""

    def header(self, name: str) -> str:
        """The first header of this name; empty when there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def parts(raw: bytes) -> Parts:
    """What can be read of a mail; of one that is broken, its headers or nothing."""
    try:
        # Not the modern policy: its parser of headers raises many errors on hostile ones.
        mail = message_from_bytes(raw.lstrip(b"\xef\xbb\xbf\r\n"), policy=compat32)
        headers = tuple((name.lower(), decoded(str(value))) for name, value in mail.raw_items())
    except Exception:  # whatever the standard library trips over: the mail is unreadable
        return Parts(())
    kind = next((value for name, value in headers if name == "content-type"), "text/plain").lower()
    try:
        return Parts(headers, kind, _text(mail), tuple(_attachments(mail)))
    except Exception:  # likewise, of its body
        return Parts(headers, kind)


def decoded(raw: str) -> str:
    """A header's value on one line: encoded words decoded, raw bytes as UTF-8 if they are that."""
    text = raw[:HEADER_LETTERS]
    if not text.isascii():
        text = _from_bytes(text.encode("utf-8", "surrogateescape"), "utf-8")
    if "=?" in text:
        try:
            found = decode_header(re.sub(r"\r?\n", "", text))
            text = "".join(
                part if isinstance(part, str) else _from_bytes(part, charset or "ascii")
                for part, charset in found
            )
        except (HeaderParseError, ValueError):
            pass
    return " ".join(text.split())


def _from_bytes(raw: bytes, charset: str) -> str:
    """Text, whatever the bytes are: as their charset says, as UTF-8, or as Latin-1."""
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("latin-1")


def _leaves(mail: Message) -> Iterator[Message]:
    """The parts that hold something, without what is inside mails that are attached."""
    if mail.get_content_maintype() == "message":
        return
    payload = mail.get_payload()
    if not isinstance(payload, list):
        yield mail
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _leaves(part)


def _content(part: Message) -> str:
    raw = part.get_payload(decode=True)
    content = _from_bytes(raw, _charset(part)) if isinstance(raw, bytes) else ""
    return content.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or "utf-8"
    except (LookupError, ValueError, TypeError):
        return "utf-8"


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(mail: Message) -> str:
    """The plain texts that people read; of a mail that has only HTML, that as text."""
    shown = [part for part in _leaves(mail) if not _is_attached(part)]
    plain = [_unflowed(part) for part in shown if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    return "\n".join(
        as_text(_content(part)) for part in shown if part.get_content_type() == "text/html"
    )


def _unflowed(part: Message) -> str:
    """The text with its soft line ends taken back (RFC 3676), if it has any."""
    text = _content(part)
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    delete_space = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    soft = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        line = line if quoted else line.removeprefix(" ")
        if soft and not quoted and lines:
            lines[-1] += line
        else:
            lines.append(line)
        soft = line.endswith(" ") and line != "-- " and not quoted
        if soft and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _attachments(mail: Message) -> Iterator[str]:
    for part in _leaves(mail):
        if _is_attached(part) and part.get_content_maintype() in ("text", "application"):
            yield _content(part)
