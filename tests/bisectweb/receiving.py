"""The commands that receive mails, as programs of their own on rows of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANAGE = (sys.executable, str(ROOT / "manage.py"))


def environment(data: Path) -> dict[str, str]:
    """With the rows in a SQLite of that folder, wherever the tests have theirs."""
    return {**os.environ, "BISECTWEB_DATA": str(data), "BISECTWEB_DATABASE": ""}


def run(data: Path, *command: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """`manage.py` with the rows in a folder."""
    return subprocess.run(
        [*MANAGE, *command],
        input=given,
        capture_output=True,
        env=environment(data),
        check=False,
        timeout=120,
    )


@contextmanager
def lmtp_server(data: Path, *place: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py receive_lmtp`, once it listens."""
    server = subprocess.Popen(
        [*MANAGE, "receive_lmtp", *place],
        env=environment(data),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        said = server.stderr.readline()
        assert "receiving mails" in said, said + server.stderr.read()
        yield server
    finally:
        server.kill()
        server.communicate()
