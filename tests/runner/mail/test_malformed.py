"""Nothing that can be in a mail raises, and nothing of it takes for ever or all the memory."""

from __future__ import annotations

import base64
import tracemalloc
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.mail import Incoming, read_mail
from runner.mail.commands import MOST, RULES
from runner.mail.patches import find_patch
from tests.runner.mail.mails import HEAD, PATCH, asked, mail, read
from tests.runner.mail.mutations import SEEDS, damaged_mails


def check(mail: Incoming) -> None:
    """What holds for every mail."""
    assert len(mail.commands) <= MOST
    for command in mail.commands:
        assert command.name in RULES
        assert "\n" not in command.args
        assert command.args == " ".join(command.args.split())
    if mail.automatic:
        assert not (mail.commands)
        assert not (mail.refused)
        assert not (mail.patch)
    assert mail.patch is None or find_patch(mail.patch) == mail.patch


def test_the_mails_that_are_damaged_say_something_before() -> None:
    found = [read(raw) for raw in SEEDS]
    assert [bool(one.commands) for one in found].count(False) == 1
    assert [one.automatic for one in found].count(True) == 1
    assert [one.patch for one in found].count(PATCH) == 2


def test_damaged_mails_are_read() -> None:
    for raw in damaged_mails(seed=1, count=1000):
        check(read(raw))


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(raw: bytes) -> None:
    check(read(raw))
    check(read(HEAD.encode() + b"\n" + raw))
    check(read(HEAD.encode() + raw))


LINES = st.sampled_from(
    [
        *("#syz invalid", "#syz fix:", "#syz fix: net: fix", "#bisect rebisect good: a", "#syz x"),
        *("> hello", "", "-- ", "On 1 x wrote:", "From: a", "To: b", "Date: c", "prose", "--- a/x"),
        *(
            "+++ b/x",
            "@@ -1 +1 @@",
            "-a",
            "+b",
            " ",
            "diff --git a/x b/x",
            "-----A B-----",
            "x" * 80,
        ),
    ]
)


@given(st.lists(LINES, max_size=30))
def test_what_is_all_quoted_asks_for_nothing(lines: list[str]) -> None:
    body = "\n".join(lines)
    check(read(mail(body)))
    incoming = read(mail("".join(f"> {line}\n" for line in lines)))
    assert (incoming.commands, incoming.refused, incoming.patch) == ((), (), None)


@given(st.lists(LINES, max_size=30))
def test_a_command_on_top_is_read_whatever_comes_below(lines: list[str]) -> None:
    body = "\n".join(["#syz invalid", "", *lines])
    assert asked(mail(body))[0] == ("invalid", "")


MEGABYTE = 1 << 20


@pytest.mark.parametrize("patch_first", [True, False])
def test_a_mail_of_25_megabytes_is_read_in_bounded_memory(patch_first: bool) -> None:
    picture = base64.encodebytes(bytes(18 * MEGABYTE))
    parts = [
        b"Content-Type: text/plain\n\n#syz test\n",
        b'Content-Type: image/png; name="x.png"\nContent-Transfer-Encoding: base64\n\n' + picture,
        b'Content-Type: text/x-patch; name="x.patch"\n\n' + PATCH.encode(),
    ]
    if patch_first:
        parts.reverse()
    body = b"".join(b"--x\n" + part + b"\n" for part in parts) + b"--x--\n"
    raw = f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\n".encode() + body
    assert len(raw) > 24 * MEGABYTE
    stream = BytesIO(raw)
    tracemalloc.start()
    incoming = read_mail(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.name for one in incoming.commands] == ["test"]
    assert incoming.patch == PATCH
    assert incoming.shortened
    assert peak < 64 * MEGABYTE


@pytest.mark.parametrize(
    ("head", "part", "times"),
    [
        (b"", b"a", 25 * MEGABYTE),
        (b"Subject: ", b"a ", 4 * MEGABYTE),
        (b"From: ", b"a", 4 * MEGABYTE),
        (b"To: ", b'"<', 4 * MEGABYTE),
        (b"Subject: ", b"=?utf-8?q?a?= ", MEGABYTE),
        (b"\n", b"\n", 4 * MEGABYTE),
        (b"\n#syz fix: ", b" ", 4 * MEGABYTE),
        (b"\n", b"#syz fix:\n", MEGABYTE),
        (b"\n#syz rebisect\n", b"good: a\n", MEGABYTE),
        (b"\n", b"schrieb ", 4 * MEGABYTE),
        (b"\n", b"-----" + b" a" * 1000 + b"\n", 2000),
        (b"\n", b"--- a\n+++ b\n@@ -1,999999999 +1,999999999 @@\n", 100_000),
        (b"\n", b"diff --git a/x b/x\n", MEGABYTE),
        (b"Content-Type: text/html\n\n", b"<", 8 * MEGABYTE),
        (b"Content-Type: text/html\n\n", b"<!--", 2 * MEGABYTE),
        (b"Content-Type: text/html\n\n", b"<a b='", MEGABYTE),
        (b"Content-Type: text/html\n\n", b"<div>", MEGABYTE),
        (b"Content-Type: text/html\n\n", b"&#", MEGABYTE),
        (b"Content-Type: multipart/mixed; boundary=x\n\n", b"--x\n\n", MEGABYTE),
        (b"Content-Type: text/plain", b"; a=b", MEGABYTE),
        (b"Content-Type: text/plain; format=flowed\n\n", b"a \n", MEGABYTE),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else "",
)
def test_a_mail_that_is_made_to_be_slow_is_read_before_the_tests_give_up(
    head: bytes, part: bytes, times: int
) -> None:
    """Made here: every worker collects all cases, and these are 200 megabytes."""
    check(read(head + part * times + b"\n\nx"))
