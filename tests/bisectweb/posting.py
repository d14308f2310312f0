"""Brings mails to the service, as a mail server would."""

from __future__ import annotations

from io import BytesIO

from bisectweb.inbound import receive
from bisectweb.models import Bug, Event, Message, Received
from tests.bisectweb.signing import signed
from tests.factories import create_bug, create_tree

SENDER = "some@body.invalid"


def maintained_bug() -> Bug:
    """A bug whose sender of mails maintains its tree."""
    return create_bug(tree=create_tree(maintainers=f"other@x.invalid\n{SENDER.upper()}\n"))


def letter(bug: Bug, body: str, *, number: int = 1, **headers: str) -> bytes:
    """A mail to a bug; `headers` replace or add to its own."""
    lines = {
        "From": f"Some Body <{SENDER}>",
        "To": bug.address,
        "Subject": f"Re: [bisectweb] {bug.title}",
        "Date": "Tue, 5 Jan 2027 10:00:00 +0100",
        "Message-ID": f"<{number}@body.invalid>",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    return f"{head}\n{body}\n".encode()


def post(raw: bytes) -> Received:
    return receive(BytesIO(raw))


def ask(bug: Bug, body: str, *, number: int = 1, **headers: str) -> Received:
    """Post a mail that is signed by its sender's domain."""
    return post(signed(letter(bug, body, number=number, **headers)))


def events(bug: Bug) -> list[str]:
    """The audit trail, oldest first."""
    return [event.text for event in Event.objects.filter(bug=bug).order_by("pk")]


def now(bug: Bug) -> Bug:
    """The bug as its row is after a mail."""
    return Bug.objects.get(pk=bug.pk)


def answers() -> list[Message]:
    """What was answered, oldest first."""
    return list(Message.objects.exclude(answer=None).order_by("pk"))
