"""A real mail server for tests, which fails when it is told to."""

from __future__ import annotations

import socket
from asyncio import Transport
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"
DROP = "drop the connection"
DROP_LATE = "take the mail, then drop the connection"
STEPS = ("EHLO", "MAIL", "RCPT", "DATA", "CONTENT")

Script = Callable[[str, str], str]
"""Asked at each of the steps, with the recipient where there is one: a reply, or what to drop."""


@dataclass
class Mailbox:
    """What the server took, and what it does instead of taking."""

    script: Script = lambda step, address: OK
    contents: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    def taken(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(
            str(message_from_bytes(one, policy=policy.SMTP)["Message-ID"]) for one in self.contents
        )

    def _reply(self, server: SMTP, step: str, address: str = "") -> str:
        reply = self.script(step, address)
        if reply == DROP:
            abort(server)
        return reply

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        reply = self._reply(server, "EHLO")
        return replies if reply == OK else [reply]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        if (reply := self._reply(server, "MAIL")) == OK:
            envelope.mail_from = sender
        return reply

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (reply := self._reply(server, "RCPT", address)) == OK:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self._reply(server, "CONTENT")
        if reply in (OK, DROP_LATE):
            assert isinstance(envelope.content, bytes)
            self.contents.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
            self.encrypted.append(session.ssl is not None)
        if reply == DROP_LATE:
            abort(server)
        return reply

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, way: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login.decode())
        return AuthResult(success=data.password == b"secret", handled=False)


def abort(server: SMTP) -> None:
    assert isinstance(server.transport, Transport)
    server.transport.abort()


class Server(SMTP):
    """Can also fail between the recipients and the mail itself."""

    async def smtp_DATA(self, arg: str) -> None:
        reply = self.event_handler._reply(self, "DATA")
        if reply == OK:
            await super().smtp_DATA(arg)
        elif reply != DROP:
            await self.push(reply)


class MailServer(Controller):
    def factory(self) -> SMTP:
        return Server(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(mailbox: Mailbox, context: SSLContext | None = None) -> Iterator[int]:
    """The port of a server; with `context` it offers STARTTLS and wants a password after it."""
    secure: dict[str, Any] = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": mailbox.authenticate,
    }
    port = free_port()
    server = MailServer(mailbox, hostname="127.0.0.1", port=port, **(secure if context else {}))
    server.start()
    try:
        yield port
    finally:
        server.stop()
