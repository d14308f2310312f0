"""The command that mail servers call, as they call it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bisectweb.receiving import run

pytestmark = pytest.mark.django_db

MAIL = b"From: a@b.invalid\nTo: bug+0123456789@bisectweb.invalid\nMessage-ID: <1@b>\n\nHello\n"


def test_what_was_recorded_needs_not_come_again(data: Path) -> None:
    for _ in range(2):
        done = run(data, "receive_mail", given=MAIL)
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
    count = "from bisectweb.models import Received; print(Received.objects.count())"
    assert run(data, "shell", "--no-imports", "-c", count).stdout == b"1\n"


def test_the_mail_server_keeps_what_could_not_be_recorded(tmp_path: Path) -> None:
    done = run(tmp_path, "receive_mail", given=MAIL)
    assert done.returncode == os.EX_TEMPFAIL
    assert b"no such table" in done.stderr
