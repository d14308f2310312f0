"""`manage.py receive_lmtp` as a mail server talks to it."""

from __future__ import annotations

import asyncio
import signal
import smtplib
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bisectweb.inbound.lmtp import LARGEST, Connection, Office
from tests.bisectweb.receiving import lmtp_server, run
from tests.smtp import free_port

pytestmark = pytest.mark.django_db

TO = "bug+0123456789@bisectweb.invalid"
RECORDED = (250, b"2.0.0 recorded")


def mail(number: int, body: str = "Hello") -> bytes:
    head = f"From: a@b.invalid\r\nTo: {TO}\r\nMessage-ID: <{number}@b>\r\n"
    return f"{head}\r\n{body}\r\n".encode()


@pytest.fixture
def server(data: Path) -> Iterator[subprocess.Popen[str]]:
    with lmtp_server(data, "--socket", str(data / "lmtp")) as process:
        yield process


@contextmanager
def client(data: Path) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP(str(data / "lmtp"), timeout=60) as one:
        one.ehlo()
        yield one


def send(data: Path, raw: bytes) -> tuple[int, bytes]:
    """The answer for a mail to one recipient."""
    with client(data) as one:
        one.mail("a@b.invalid")
        one.rcpt(TO)
        return one.data(raw)


def rows(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "bisectweb.sqlite3", timeout=60)) as database:
        found = database.execute("SELECT message_id FROM bisectweb_received ORDER BY message_id")
        return [name for (name,) in found]


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Nobody else can write."""
    path = data / "bisectweb.sqlite3"
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@pytest.mark.usefixtures("server")
def test_each_recipient_is_answered_for_and_the_mail_is_recorded_once(data: Path) -> None:
    with client(data) as one:
        assert one.has_extn("pipelining")
        assert one.has_extn("8bitmime")
        assert one.has_extn("smtputf8")
        assert one.has_extn("enhancedstatuscodes")
        assert one.esmtp_features["size"] == str(LARGEST)
        one.command_encoding = "utf-8"
        one.mail("<>", ["SMTPUTF8", "BODY=8BITMIME"])  # as bounces come
        assert one.rcpt(TO) == (250, b"2.0.0 OK")
        assert one.rcpt("büg@bisectweb.invalid") == (250, b"2.0.0 OK")
        assert one.data(mail(1)) == RECORDED
        assert one.getreply() == RECORDED
    assert rows(data) == ["<1@b>"]


@pytest.mark.usefixtures("server")
def test_a_mail_comes_as_it_was_sent(data: Path) -> None:
    """Dots at the start of lines, long lines, bytes that are no text: its name is its hash."""
    raw = b"From: a@b.invalid\r\n\r\n.\r\n..\r\n.x\r\n" + b"y" * 300_000 + b"\xff\r\n\nz\r\n"
    assert send(data, raw) == RECORDED
    piped = b"Delivered-To: %s\r\n%s" % (TO.encode(), raw)
    assert run(data, "receive_mail", given=piped).returncode == 0
    assert len(rows(data)) == 1


@pytest.mark.usefixtures("server")
def test_the_mail_server_keeps_what_could_not_be_recorded(data: Path) -> None:
    database, away = data / "bisectweb.sqlite3", data / "away"
    database.rename(away)
    assert send(data, mail(1)) == (451, b"4.3.0 it cannot be recorded now")
    away.rename(database)
    assert send(data, mail(1)) == RECORDED
    assert rows(data) == ["<1@b>"]


@pytest.mark.usefixtures("server")
def test_what_is_too_large_is_refused_for_each_recipient_and_the_next_mail_is_not(
    data: Path,
) -> None:
    with client(data) as one:
        assert one.mail("a@b.invalid", [f"SIZE={LARGEST + 1}"])[0] == 552
        one.mail("a@b.invalid")
        one.rcpt(TO)
        one.rcpt("other@bisectweb.invalid")
        assert one.data(mail(1, "x" * 70 + "\r\n") + (b"x" * 998 + b"\r\n") * 33_600)[0] == 552
        assert one.getreply() == (552, b"5.3.4 it is too large")
        one.mail("a@b.invalid")
        one.rcpt(TO)
        assert one.data(mail(2)) == RECORDED
    assert rows(data) == ["<2@b>"]


def test_a_large_mail_takes_little_memory(server: subprocess.Popen[str], data: Path) -> None:
    """Less than its size, beside what a small one takes."""
    assert send(data, mail(1)) == RECORDED
    before = _peak(server.pid)
    assert send(data, mail(2, "x" * 76 + "\r\n" + ("y" * 76 + "\r\n") * 330_000)) == RECORDED
    assert _peak(server.pid) - before < 60 << 10


def _peak(pid: int) -> int:
    """KiB of memory at most so far."""
    [line] = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in one]
    return int(line.split()[1])


@pytest.mark.usefixtures("server")
def test_who_waits_for_the_database_keeps_nobody_from_talking(data: Path) -> None:
    with ThreadPoolExecutor() as threads:
        with locked(data):
            waiting = [threads.submit(send, data, mail(number)) for number in range(8)]
            with client(data) as one:
                assert one.noop() == (250, b"2.0.0 OK")
            assert not any(answer.done() for answer in waiting)
        assert {answer.result() for answer in waiting} == {RECORDED}
    assert len(rows(data)) == 8


def test_what_came_whole_is_answered_for_before_it_stops(
    server: subprocess.Popen[str], data: Path
) -> None:
    with ThreadPoolExecutor() as threads, client(data) as one:
        with locked(data):
            answer = _in_hand(threads, one)
            with client(data) as other:  # its answer comes after that mail did
                other.noop()
            server.terminate()
            while (data / "lmtp").exists():  # it takes no more connections then
                assert not answer.done()
        assert answer.result() == RECORDED
        assert one.getreply() == (421, b"4.3.2 stopping")
    assert server.wait(60) == 0
    assert rows(data) == ["<1@b>"]


def _in_hand(threads: ThreadPoolExecutor, one: smtplib.LMTP) -> Future[tuple[int, bytes]]:
    """A mail that was sent to its end, and whose answer is waited for."""
    one.mail("a@b.invalid")
    one.rcpt(TO)
    one.putcmd("data")
    assert one.getreply()[0] == 354
    one.send(mail(1) + b".\r\n")
    return threads.submit(one.getreply)


@pytest.mark.parametrize("whole", [False, True], ids=["half of a mail", "a mail being recorded"])
def test_a_killed_server_has_received_nothing_by_halves(data: Path, whole: bool) -> None:
    place = ("--socket", str(data / "lmtp"))
    with lmtp_server(data, *place) as server, locked(data), client(data) as one:
        one.mail("a@b.invalid")
        one.rcpt(TO)
        one.putcmd("data")
        one.getreply()
        one.send(mail(1) + (b".\r\n" if whole else b""))
        with client(data) as other:
            other.noop()
        server.send_signal(signal.SIGKILL)
        server.wait()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            one.getreply()
    assert rows(data) == []
    with lmtp_server(data, *place):
        assert [send(data, mail(1)), send(data, mail(1))] == [RECORDED, RECORDED]
    assert rows(data) == ["<1@b>"]


def test_it_listens_on_a_port_of_this_machine_alone(data: Path) -> None:
    port = free_port()
    with lmtp_server(data, "--port", str(port)):
        with smtplib.LMTP("127.0.0.1", port, timeout=60) as one:
            assert one.sendmail("a@b.invalid", [TO], mail(1)) == {}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))
        done = run(data, "receive_lmtp", "--port", str(port))
        assert done.returncode == 1
        assert b"cannot listen on" in done.stderr
    assert rows(data) == ["<1@b>"]


def test_who_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    async def talk() -> bytes:
        office, loop = Office(seconds=0.1), asyncio.get_running_loop()
        server = await loop.create_unix_server(lambda: Connection(office), tmp_path / "lmtp")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "lmtp")
        writer.write(b"LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: half\r\n")
        said = await reader.read()
        writer.close()
        server.close()
        await office.stop()
        return said

    assert b"354 " in asyncio.run(asyncio.wait_for(talk(), 60))
