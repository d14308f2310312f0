"""Names and addresses as commits, scripts and mails write them: hostile text in, plain text out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

LONGEST_NAME = 100
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(
    rf"(?!-)(?=.{{3,254}}$)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
)
# Mail to `stable` means "backport this", which nobody asked for; the others do not read mail.
UNREAD = re.compile(
    r"stable@|(?:[^@]*[._+-])?(?:no-?_?reply|do-?_?not-?_?reply|mailer-daemon|bounces?)[@+._-]"
    r"|[^@]*@(?:\S+\.)?(?:noreply\.\S+|localhost|localhost\.localdomain)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's name, which may be empty, and an address that mail can go to."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """Equal for the same person: capitals do not make another one."""
        return self.address.lower()


def parts(text: str) -> tuple[str, str, str]:
    """Name, address and what follows, of `A Name <a@b.c> (more)` or `a@b.c (more)`; unchecked."""
    name, bracket, rest = text.partition("<")
    if bracket:
        address, closed, rest = rest.partition(">")
        return name, address if closed else "", rest
    address, _, rest = text.strip().partition(" ")
    return "", address, rest


def contact(text: str) -> Contact | None:
    """Whom a text names, as `parts` reads it; None when mail cannot go there."""
    name, address, _ = parts(text)
    return checked(name, address)


def checked(name: str, address: str) -> Contact | None:
    """A contact of these; None when that is no address, or one that nobody reads."""
    address = address.strip().strip("'`,;:")
    if not ADDRESS.fullmatch(address) or UNREAD.match(address):
        return None
    return Contact(plain_name(name), address)


def plain_name(text: str) -> str:
    """A name as people read it: encoded words decoded (RFC 2047), without quotes, brackets and
    whatever could end a line, start an address or turn the text around.
    """
    decoded = _decoded(text).replace('\\"', '"').strip().strip("\"'")
    shown = "".join(" " if _is_harmful(letter) else letter for letter in decoded)
    return " ".join(shown.split())[:LONGEST_NAME].strip()


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", errors="replace")
            for part, charset in decode_header(text)
        )
    except (HeaderParseError, LookupError, ValueError):
        return text


def _is_harmful(letter: str) -> bool:
    return letter in '<>"' or unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
