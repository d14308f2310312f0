"""Puts the reproducer into a guest with a disk image, and starts it there, over ssh.

The guest is hostile: it is told nothing but our public key, and what it says is only shown. What
comes of the run is read on the console, by the same lines as without a disk image.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.errors import Cancelled, InfraError, InputError
from runner.machines.qemu import LOOPBACK
from runner.process import Finished, capture
from runner.values import Disk

PAUSE_SECONDS = 1.0
"""Between two attempts."""
CONNECT_SECONDS = 15
"""For an sshd to greet us; until the guest listens, QEMU itself takes the connection."""
ATTEMPT_SECONDS = 120.0
NO_CONNECTION = 255
"""ssh's own exit status, when the command was not run or its end is not known."""
SAID_LIMIT = 300
OUTPUT_LIMIT = 64 << 10

OPTIONS = (
    *("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"),
    *("BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none"),
    *("PreferredAuthentications=publickey", "ClearAllForwardings=yes", "ForwardAgent=no"),
    *(f"ConnectTimeout={CONNECT_SECONDS}", "ServerAliveInterval=10", "LogLevel=ERROR"),
)
# The folder keeps a second attempt from starting it again, when the end of the first got lost. The
# reproducer's words go to the console; it must not depend on the connection.
START = (
    "cd / && tar -xf - && mkdir bisectweb.started && "
    "{ ./bisectweb </dev/console >/dev/console 2>&1 & }"
)


class Delivery:
    """What became of the attempts so far."""

    def __init__(self) -> None:
        self.said = ""
        """Why the last attempt failed, on one line; empty when it did not."""

    def note(self, ended: Finished) -> None:
        text = ended.stderr.decode(errors="replace").strip()
        line = text.splitlines()[-1] if text else f"ended with status {ended.returncode}"
        words = "".join(one for one in line if one.isprintable())[:SAID_LIMIT]
        self.said = "" if ended.succeeded else words


def check(disk: Disk) -> None:
    """`InputError` when no run can work with this key, `InfraError` when there is no ssh."""
    if shutil.which("ssh") is None:
        raise InfraError("ssh is not installed: apt-get install openssh-client")
    try:
        mode = disk.key.stat().st_mode
        disk.key.open("rb").close()
    except OSError as error:
        raise InputError(f"cannot read the ssh key {disk.key}: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(f"ssh takes no key that others can read: chmod 600 {disk.key}")


def free_port() -> int:
    """A port that nobody listens on now. Somebody else may be quicker: then QEMU does not start."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def delivery(disk: Disk | None, port: int, archive: Path) -> Iterator[Delivery]:
    """In the background until the context is left: unpack `archive` in the guest at this port as
    soon as it answers, and start `bisectweb` of it. Without a disk there is nothing to do.
    """
    state, stop = Delivery(), threading.Event()
    if disk is None:
        yield state
        return
    with ThreadPoolExecutor(1, "ssh") as pool:
        future = pool.submit(deliver, command(disk, port), archive.read_bytes(), state, stop)
        try:
            yield state
        finally:
            stop.set()
    future.result()


def command(disk: Disk, port: int) -> list[str]:
    start = START if disk.user == "root" else f"sudo -n sh -c '{START}'"
    options = [word for option in OPTIONS for word in ("-o", option)]
    login = ("-i", str(disk.key), "-p", str(port), "-l", disk.user)
    return ["ssh", "-F", "none", "-T", *options, *login, LOOPBACK, start]


def deliver(argv: list[str], content: bytes, state: Delivery, stop: threading.Event) -> None:
    """Try until ssh has run its command, or until `stop` is set."""
    with contextlib.suppress(Cancelled):
        while not stop.wait(PAUSE_SECONDS):
            ended = capture(
                argv, deadline=ATTEMPT_SECONDS, stdin=content, cancel=stop, limit=OUTPUT_LIMIT
            )
            state.note(ended)
            if ended.returncode != NO_CONNECTION and not ended.timed_out:
                return
