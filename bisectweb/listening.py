"""gunicorn's config: what its command line cannot say of the sockets it listens on."""

from __future__ import annotations

import socket
from typing import Protocol

SILENCE = 10
"""Seconds after which a connection that says nothing is nobody's."""


class Listener(Protocol):
    sock: socket.socket


class Server(Protocol):
    LISTENERS: list[Listener]


def when_ready(server: Server) -> None:
    """A connection is accepted with its first byte: browsers open some that they may need later,
    and each would hold a thread.
    """
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENCE)
