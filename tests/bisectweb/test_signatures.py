"""Only the domain in `From` can prove who sent a mail, and only for all that is read of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bisectweb.inbound.signatures import LARGEST, Proof, Unproven, prove
from runner.errors import InfraError
from tests.bisectweb.signing import HEADERS, SELECTOR, key, signed

MAIL = b"""\
From: Some Body <Some@body.invalid>
To: bug+0123456789abcdef0123@bisect.invalid
Subject: Re: [bisectweb] WARNING in x
Date: Tue, 5 Jan 2027 10:00:00 +0100
Message-ID: <1@body.invalid>

#bisect invalid
"""


def keys(name: str) -> bytes | None:
    """Every domain's key is known."""
    domain = name.removeprefix(f"{SELECTOR}._domainkey.").rstrip(".")
    return key(domain).record.encode()


def why(raw: bytes) -> str:
    proof = prove(raw, keys)
    assert isinstance(proof, Unproven)
    return proof.why


@pytest.mark.parametrize("change", [bytes, lambda raw: raw.replace(b"\n", b"\r\n")])
def test_a_signed_mail_proves_its_sender_whatever_its_line_ends(
    change: Callable[[bytes], bytes],
) -> None:
    proof = prove(change(signed(MAIL).replace(b"\r\n", b"\n")), keys)
    assert proof == Proof("some@body.invalid", frozenset(HEADERS[:2] + HEADERS[3:6]))


def test_a_parent_domain_may_sign_for_those_below_it() -> None:
    raw = MAIL.replace(b"Some@body.invalid", b"some@lists.body.invalid")
    assert isinstance(prove(signed(raw), keys), Proof)


def test_letters_that_only_look_or_fold_alike_are_other_people() -> None:
    proof = prove(signed(MAIL.replace(b"Some@", "\u017fome\u212a@".encode())), keys)
    assert isinstance(proof, Proof)
    assert proof.sender == "\u017fome\u212a@body.invalid"


@pytest.mark.parametrize("domain", ["evil.invalid", "sub.body.invalid", "antibody.invalid"])
def test_a_signature_of_another_domain_proves_nothing(domain: str) -> None:
    assert why(signed(MAIL, domain)) == f"it is signed by {domain}, not by body.invalid"


def test_one_good_signature_among_others_is_enough() -> None:
    raw = signed(signed(MAIL), "list.invalid")
    assert isinstance(prove(raw, keys), Proof)


def test_a_mail_without_a_signature_proves_nothing() -> None:
    assert why(MAIL) == "it has no DKIM signature"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"#bisect invalid", b"#bisect stop"),
        (b"Some@body", b"other@body"),
        (b"<1@body", b"<2@body"),
        (b"WARNING in x", b"WARNING in y"),
    ],
)
def test_a_changed_mail_proves_nothing(old: bytes, new: bytes) -> None:
    assert why(signed(MAIL).replace(old, new)) == "its signature is wrong"


@pytest.mark.parametrize("name", ["From", "Subject", "Message-ID", "To", "In-Reply-To"])
def test_a_header_that_was_put_on_top_of_the_signed_one_is_seen(name: str) -> None:
    raw = MAIL.replace(b"To:", b"In-Reply-To: <0@x.invalid>\nTo:", 1)
    added = f"{name}: <somebody@body.invalid>\n".encode()
    assert why(added + signed(raw)) == f"it has two headers called {name.lower()}"


@pytest.mark.parametrize("missing", ["subject", "message-id", "date"])
def test_what_says_what_is_asked_has_to_be_signed(missing: str) -> None:
    raw = signed(MAIL, headers=[name for name in HEADERS if name != missing])
    assert why(raw) == f"its signature does not cover {missing}"


def test_a_signature_of_a_part_of_the_text_proves_nothing() -> None:
    assert why(signed(MAIL, length=True) + b"#bisect stop\n") == (
        "its signature covers a part of it only"
    )


@pytest.mark.parametrize(
    "sender",
    [
        b'"<boss@body.invalid>" <evil@body.invalid>',
        b"evil@body.invalid <boss@body.invalid>",
        b"boss@body.invalid, evil@body.invalid",
        b"<boss@body.invalid> <evil@body.invalid>",
        b"boss@body.invalid(<evil@body.invalid>)",
        b"Boss",
    ],
)
def test_a_name_that_looks_like_an_address_deceives_nobody(sender: bytes) -> None:
    raw = signed(MAIL.replace(b"Some Body <Some@body.invalid>", sender))
    match prove(raw, keys):
        case Proof(who):
            assert who == "evil@body.invalid"
        case Unproven(reason):
            assert reason == "its From has not one plain address"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"no header\n\n#bisect stop\n",
        signed(MAIL).replace(b" bh=", b" bh=!", 1),
        signed(MAIL).replace(b"d=body", b"d=", 1),
        signed(MAIL).replace(b"a=rsa-sha256", b"a=rsa-sha1", 1),
        signed(MAIL).replace(b"a=rsa-sha256", b"a=ed25519-sha256", 1),
        signed(MAIL).replace(b"To:", b"To\xff:", 1),
        b"DKIM-Signature: \xff\n" + MAIL,
        b" folded\n" + signed(MAIL),
        signed(MAIL).replace(b"Subject: Re:", b"Subject: x\rFrom: boss@body.invalid"),
    ],
)
def test_a_broken_mail_proves_nothing_and_raises_nothing(raw: bytes) -> None:
    assert isinstance(prove(raw, keys), Unproven)


def test_what_would_take_long_is_not_looked_at() -> None:
    assert why(signed(MAIL) + b"x" * LARGEST) == "it is too large"
    assert why(b"X: y\n" * 1000 + signed(MAIL)) == "its headers are too long"
    assert why(b"X: " + b"y" * 70_000 + b"\n" + signed(MAIL)) == "its headers are too long"
    hostile = signed(MAIL.replace(b"Some Body", b'"' + b'\\"' * 2000))
    assert why(hostile) == "its From has not one plain address"
    assert why(signed(MAIL) + b" " * 200) == "it has too many blanks in one place"


@pytest.mark.parametrize("record", [None, b"", b"v=DKIM1; p=", b"v=DKIM1; k=rsa; p=AAAA", b"\xff"])
def test_a_key_that_is_gone_or_broken_proves_nothing(record: bytes | None) -> None:
    assert isinstance(prove(signed(MAIL), lambda name: record), Unproven)


def test_a_dns_that_does_not_answer_is_trouble_of_ours() -> None:
    def silent(name: str) -> bytes | None:
        raise InfraError("no answer")

    with pytest.raises(InfraError):
        prove(signed(MAIL), silent)
