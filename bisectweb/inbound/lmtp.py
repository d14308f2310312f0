"""Receives mails from a mail server by LMTP (RFC 2033), many in one process."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections

from bisectweb.inbound.receiving import receive

logger = logging.getLogger(__name__)
LARGEST = 32 << 20
"""Bytes of a mail, as announced."""
IN_MEMORY = 1 << 20
"""Bytes of a mail that are not in a file while it comes."""
SECONDS = 300
"""For a command; for a mail from its first byte to the answer."""
THREADS = 4
"""Mails that are recorded at once; of a database one writes at a time, but the DNS is slow."""
MOST_CONNECTIONS = 100
MOST_DELIVERED = 20
"""Recipients that are noted in the mail."""
RECORDED = "250 2.0.0 recorded"
LATER = "451 4.3.0 it cannot be recorded now"
NO_SPACE = "452 4.3.1 no space to keep it"
TOO_LARGE = "552 5.3.4 it is too large"
STOPPING = "421 4.3.2 stopping"
BARE_REPLY = re.compile(r"(?!220)([245])\d\d (?!\d\.\d|ENHANCEDSTATUSCODES$)")
"""One without a code of RFC 2034, which greetings do not have."""


class Office:
    """What all connections share."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.connections: set[Connection] = set()
        self.is_stopping = False
        self.threads = ThreadPoolExecutor(THREADS)
        self.idle = asyncio.Event()
        self.idle.set()
        self.busy = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self.busy += 1
        self.idle.clear()
        try:
            yield
        finally:
            self.busy -= 1
            if not self.busy:
                self.idle.set()

    async def record(self, file: BinaryIO) -> str:
        """The answer for a mail, which is recorded even if nobody waits for that any more."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self.threads, _record, file))

    async def stop(self) -> None:
        """Answer for the mails that came whole, then close all connections."""
        self.is_stopping = True
        await self.idle.wait()
        for connection in list(self.connections):
            connection.close()
        self.threads.shutdown()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """LHLO as well. RFC 2033 demands both additions."""
        session.host_name = name
        return [*replies[:-1], "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is, the mail server keeps the mail."""
        logger.error("a conversation failed", exc_info=error)
        return LATER


class Connection(LMTP):
    """One conversation with a mail server. The library's own DATA keeps mails in memory, refuses
    long lines, and answers once for all recipients.
    """

    line_length_limit = 64 << 10

    def __init__(self, office: Office) -> None:
        super().__init__(
            office,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname=settings.MAIL_DOMAIN,
            ident="bisectweb",
            timeout=office.seconds,
            loop=asyncio.get_running_loop(),
        )
        self.office = office

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.office.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.office.connections.discard(self)
        super().connection_lost(error)

    def close(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(f"{STOPPING}\r\n".encode())
            self.transport.close()

    async def _handle_client(self) -> None:
        if len(self.office.connections) <= MOST_CONNECTIONS:
            await super()._handle_client()
            return
        await self.push("421 4.3.2 too many connections")
        self._writer.close()

    async def push(self, status: str | bytes) -> None:
        """With a code of RFC 2034, which the library does not give."""
        text = status if isinstance(status, str) else status.decode()
        if match := BARE_REPLY.match(text):
            text = f"{match[0]}{match[1]}.0.0 {text[match.end() :]}"
        await super().push(text)

    async def smtp_DATA(self, arg: str | None) -> None:
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 no recipients" if not arg else "501 5.5.4 Syntax: DATA")
            return
        recipients = self.envelope.rcpt_tos
        with ExitStack() as stack:
            file = stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            answer = await self._take(cast(BinaryIO, file), recipients)
            with self.office.at_work():
                if not answer and self.office.is_stopping:
                    answer = LATER
                elif not answer:
                    stack.pop_all()  # the thread closes it
                    answer = await self.office.record(cast(BinaryIO, file))
                self.envelope = self._create_envelope()
                await self.push("\r\n".join([answer] * len(recipients)))

    async def _take(self, file: BinaryIO, recipients: Sequence[str]) -> str:
        """Keep a mail, to its last line; the answer if it cannot be received."""
        trouble = _kept(file, _delivered_to(recipients))
        size, is_start = 0, True
        while (piece := await self._piece()) != b".\r\n" or not is_start:
            size += len(piece)
            if size > LARGEST:
                trouble = TOO_LARGE
            if not trouble:
                trouble = _kept(file, piece[1:] if is_start and piece[:1] == b"." else piece)
            is_start = piece.endswith(b"\r\n")
        return trouble

    async def _piece(self) -> bytes:
        """A line, or a part of one that is very long."""
        try:
            return await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed)


def _delivered_to(recipients: Sequence[str]) -> bytes:
    """Headers that say to whom it came: its own do not name those of a blind copy."""
    lines = [f"Delivered-To: {one}\r\n" for one in recipients if one.isprintable()]
    return "".join(lines[:MOST_DELIVERED]).encode()


def _kept(file: BinaryIO, piece: bytes) -> str:
    try:
        file.write(piece)
    except OSError:
        logger.exception("a mail could not be kept")
        return NO_SPACE
    return ""


def _record(file: BinaryIO) -> str:
    """In a thread: the answer for one mail."""
    close_old_connections()
    try:
        with file:
            file.seek(0)
            receive(file)
    except Exception:
        logger.exception("a mail could not be received now")
        return LATER
    finally:
        close_old_connections()
    return RECORDED


async def listen(place: int | Path) -> None:
    """On a port of 127.0.0.1, or on a Unix socket that user and group may use, until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    office = Office()
    if isinstance(place, int):
        server = await loop.create_server(lambda: Connection(office), "127.0.0.1", place)
    else:
        server = await loop.create_unix_server(lambda: Connection(office), place)
        place.chmod(0o660)
    logger.info("receiving mails on %s", place)
    await stop.wait()
    server.close()
    if isinstance(place, Path):
        place.unlink(missing_ok=True)
    await office.stop()
