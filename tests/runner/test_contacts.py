"""Names and addresses out of hostile text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.contacts import ADDRESS, UNREAD, Contact, contact


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("A Name <a@b.invalid>", "A Name", "a@b.invalid"),
        ("a@b.invalid", "", "a@b.invalid"),
        ("<a@b.invalid>", "", "a@b.invalid"),
        ('"Name, A." <a@b.invalid>', "Name, A.", "a@b.invalid"),
        (r'"A \"Nick\" Name" <a@b.invalid>', "A Nick Name", "a@b.invalid"),
        ("A Name <a@b.invalid> # v5.4+", "A Name", "a@b.invalid"),
        ("A (of B) Name <a@b.invalid> (maintainer:X <y>)", "A (of B) Name", "a@b.invalid"),
        ("=?UTF-8?q?J=C3=B6rg?= Name <a@b.invalid>", "Jörg Name", "a@b.invalid"),
        ("=?utf-8?b?44GC?= <a@b.invalid>", "あ", "a@b.invalid"),
        ("=?no-such-charset?q?x?= <a@b.invalid>", "=?no-such-charset?q?x?=", "a@b.invalid"),
        ("=?UTF-8?q?A=0D=0ABcc:_c@d.invalid?= <a@b.invalid>", "A Bcc: c@d.invalid", "a@b.invalid"),
        ("A\x1b[2J\u202eName\x00 <a@b.invalid>", "A [2J Name", "a@b.invalid"),
        ("A Name <a+b=c@lists.b.invalid>", "A Name", "a+b=c@lists.b.invalid"),
        ("x" * 300 + " <a@b.invalid>", "x" * 100, "a@b.invalid"),
    ],
)
def test_a_contact_is_read_and_its_name_made_plain(text: str, name: str, address: str) -> None:
    assert contact(text) == Contact(name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "A Name <>",
        "A Name <a@>",
        "A Name <a@b@c.invalid>",
        "A Name <a b@c.invalid>",
        "A Name <a@b.invalid\r\nBcc: c@d.invalid>",
        "A Name <a@b..invalid>",
        "A Name <.a@b.invalid>",
        "A Name <a@-b.invalid>",
        "A Name <-oProxy@b.invalid>",
        "A Name <a@(none)>",
        f"A Name <{'a' * 65}@b.invalid>",
        "A Name <a@b.invalid, c@d.invalid>",
        "no-reply@b.invalid",
        "noreply@b.invalid",
        "no_reply@b.invalid",
        "NoReply+12@b.invalid",
        "github-noreply@b.invalid",
        "do-not-reply@b.invalid",
        "12+name@users.noreply.b.invalid",
        "MAILER-DAEMON@b.invalid",
        "bounces+12=c@b.invalid",
        "list-bounces@b.invalid",
        "stable@vger.kernel.org",
        "root@localhost",
        "me@localhost.localdomain",
    ],
)
def test_what_is_no_address_or_is_read_by_nobody_is_no_contact(text: str) -> None:
    assert contact(text) is None


@pytest.mark.parametrize(
    "address", ["nora.eply@b.invalid", "unstable@b.invalid", "reply@b.invalid"]
)
def test_addresses_that_only_look_so_are_contacts(address: str) -> None:
    assert contact(address) == Contact("", address)


@given(st.text(max_size=300))
def test_whatever_is_read_can_stand_in_a_header(text: str) -> None:
    found = contact(f"{text} <{text}>") or contact(f"{text} <a@b.invalid>") or contact(text)
    if found:
        assert ADDRESS.fullmatch(found.address)
        assert not UNREAD.match(found.address)
        assert not any(unicodedata.category(c) == "Cc" or c in '<>"' for c in found.name)
