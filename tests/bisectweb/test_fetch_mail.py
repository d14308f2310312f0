"""Mails are fetched from a real mail server, and stay there until they were recorded."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from imap_tools import MailBoxUnencrypted
from pytest_django import Settings

from bisectweb.inbound.fetching import Fetched, fetch
from bisectweb.models import Bug, Received
from tests.bisectweb.posting import letter, maintained_bug
from tests.bisectweb.signing import signed

pytestmark = [pytest.mark.django_db, pytest.mark.imap, pytest.mark.usefixtures("known_keys")]

CONFIG = """\
protocols = imap
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
first_valid_uid = 1
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    port: int

    def mailbox(self) -> MailBoxUnencrypted:
        box = MailBoxUnencrypted("127.0.0.1", self.port, timeout=30)
        box.login("bisectweb", "secret")
        return box

    def deliver(self, raw: bytes) -> None:
        with self.mailbox() as box:
            box.append(raw)

    def unseen(self) -> int:
        with self.mailbox() as box:
            return len(box.uids("UNSEEN"))


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """Debian's dovecot, with a configuration and a mailbox of its own."""
    if os.geteuid() != 0:
        pytest.skip("dovecot changes users, which takes root")
    # Its processes are not root: the folders of pytest are closed to them.
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    (home / "run").mkdir()
    (home / "mail").mkdir()
    shutil.chown(home / "mail", "nobody")
    port = free_port()
    (home / "dovecot.conf").write_text(CONFIG.format(home=home, port=port))
    running = subprocess.Popen(["dovecot", "-F", "-c", home / "dovecot.conf"])
    wait_for(port)
    settings.IMAP_HOST, settings.IMAP_PORT, settings.IMAP_SECURITY = "127.0.0.1", port, "none"
    settings.IMAP_USER, settings.IMAP_PASSWORD = "bisectweb", "secret"
    yield Server(port)
    running.terminate()
    running.wait(timeout=30)
    shutil.rmtree(home)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "dovecot does not listen"


@pytest.fixture
def bug() -> Bug:
    return maintained_bug()


def test_a_signed_mail_is_fetched_as_it_was_sent_and_marked_as_seen(
    server: Server, bug: Bug
) -> None:
    raw = signed(letter(bug, "#bisect set prio: high\n\n  Gr\u00fc\u00dfe\t \n")).replace(
        b"\r\n", b"\n"
    )
    server.deliver(raw.replace(b"\n", b"\r\n"))
    server.deliver(letter(bug, "Hello\n", number=2).replace(b"\n", b"\r\n"))
    assert fetch() == Fetched(recorded=2, left=0)
    assert Bug.objects.get(pk=bug.pk).priority == "high"
    assert server.unseen() == 0
    assert fetch() == Fetched(recorded=0, left=0)
    assert Received.objects.count() == 2


def test_what_could_not_be_recorded_stays_and_keeps_nobody_waiting(
    server: Server, bug: Bug, settings: Settings
) -> None:
    server.deliver(signed(letter(bug, "#bisect invalid\n")).replace(b"\r\n", b"\n"))
    server.deliver(letter(bug, "Hello\n", number=2))
    where = settings.DKIM_KEYS
    settings.DKIM_KEYS = where.with_name("gone")
    assert fetch() == Fetched(recorded=1, left=1)
    assert server.unseen() == 1
    settings.DKIM_KEYS = where
    assert fetch() == Fetched(recorded=1, left=0)
    assert Bug.objects.get(pk=bug.pk).state == Bug.State.INVALID


def test_the_command_says_how_many_or_what_is_wrong(server: Server, settings: Settings) -> None:
    said = StringIO()
    call_command("fetch_mail", stdout=said)
    assert said.getvalue() == "0 received, 0 left for later\n"
    settings.IMAP_PASSWORD = "wrong"
    with pytest.raises(CommandError):
        call_command("fetch_mail")
    settings.IMAP_PORT = free_port()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("fetch_mail")
    settings.IMAP_HOST = ""
    with pytest.raises(CommandError, match="no mailbox is set"):
        call_command("fetch_mail")
