"""Whether a person wrote a mail, or a program did: only people are answered."""

from __future__ import annotations

import re

from runner.mail.parts import Parts

ROBOT = re.compile(
    r"(?:mailer-daemon|postmaster|(?:[^@]*[._+-])?(?:no-?_?reply|do-?_?not-?_?reply)|bounces?|syzbot"
    r"|bug\+[^@]*|[^@]*-(?:bounces|request|owner))(?:[+.-][^@]*)?@",
    re.IGNORECASE,
)
AUTOREPLY = re.compile(
    r"(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|abwesenheit"
    r"|réponse automatique|respuesta automática|undeliver(?:ed|able)|delivery status notification"
    r"|mail delivery (?:failed|failure|system)|returned mail|failure notice"
    r"|.*\bdigest, vol \d+, issue \d+)",
    re.IGNORECASE,
)
LIST_HEADERS = ("list-id", "x-mailing-list", "list-post")
# Each says by itself that a program wrote the mail.
TELLTALES = (
    *("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress"),
    *("x-failed-recipients", "x-bisectweb-reason"),
)


def is_automatic(mail: Parts) -> bool:
    """Whether a program wrote it: an answering machine, a mail server, a digest, or we ourselves.

    RFC 3834 says how programs are known; the rest is what those do that do not follow it.
    """
    submitted = mail.header("auto-submitted").lower()
    return bool(
        (submitted and not submitted.startswith("no"))
        or mail.kind.startswith(("multipart/report", "multipart/digest"))
        or mail.header("return-path").replace(" ", "") == "<>"
        or any(mail.header(name) for name in TELLTALES)
        or _is_bulk(mail)
        or ROBOT.match(sender(mail))
        or AUTOREPLY.match(mail.header("subject"))
    )


def sender(mail: Parts) -> str:
    """The address in `From`; empty when there is none."""
    text = mail.header("from")[:1000]
    match = re.search(r"<([^<>\s]*@[^<>\s]*)>", text) or re.search(r"([^<>\s\"]+@[^<>\s\"]+)", text)
    return match[1] if match else ""


def is_program(address: str) -> bool:
    """Whether nobody reads what is sent to an address."""
    return bool(ROBOT.match(address))


def by_list(mail: Parts) -> bool:
    """Whether a list passed it on: then its sender may be the list."""
    return mail.header("precedence").lower() == "list" or any(map(mail.header, LIST_HEADERS))


def _is_bulk(mail: Parts) -> bool:
    """Lists mark what people write as bulk, too."""
    precedence = mail.header("precedence").lower()
    if precedence in ("bulk", "junk"):
        return not any(mail.header(name) for name in LIST_HEADERS)
    return precedence.startswith("auto")
