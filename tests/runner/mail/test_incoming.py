"""Mails of every sort: what their sender wrote counts, and nothing that others did."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from tests.runner.mail.mails import HEAD, PATCH, TOKEN, asked, mail, read

INVALID = [("invalid", "")]


@pytest.mark.parametrize(
    "body",
    [
        "> #syz invalid\n",
        ">> #syz invalid\n",
        " > #syz invalid\n",
        "| #syz invalid\n",
        "AB> #syz invalid\n",
        "Thanks\n-- \n#syz invalid\n",
        "Thanks\n--\n#syz invalid\n",
        "Thanks\n\n-----Original Message-----\nFrom: x\n\n#syz invalid\n",
        "Danke\n\n-----Ursprüngliche Nachricht-----\n#syz invalid\n",
        "Look\n\n---------- Forwarded message ---------\nFrom: x\n\n#syz invalid\n",
        "Look\n\nBegin forwarded message:\n\n#syz invalid\n",
        "Yes\n\nFrom: x <x@y.invalid>\nSent: Monday\nTo: z\nSubject: s\n\n#syz invalid\n",
        "Ja\n\nVon: x <x@y.invalid>\nGesendet: Montag\nAn: z\nBetreff: s\n\n#syz invalid\n",
        "Yes\n\n*From:* x <x@y.invalid>\n*Sent:* Monday\n*To:* z\n\n#syz invalid\n",
        "Yes\n\nOn Tue, Jan 5, 2027 at 10:00 AM x <x@y.invalid> wrote:\n\n#syz invalid\n",
        "Yes\n\nOn Tue, Jan 5, 2027 at 10:00 AM\nx <x@y.invalid>\nwrote:\n#syz invalid\n",
        "Ja\n\nAm 5.1.2027 um 10:00 schrieb x:\n#syz invalid\n",
        "Oui\n\nLe mar. 5 janv. 2027, x <x@y.invalid> a écrit :\n#syz invalid\n",
        # a mail program broke a long quoted line, and the end lost its sign
        f"> {'long ' * 14}\n#syz invalid\n> and the next line\n",
    ],
)
def test_a_command_of_somebody_else_is_not_taken(body: str) -> None:
    assert asked(mail(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "On Tue, Jan 5, 2027 at 10:00 AM x <x@y.invalid> wrote:\n> Hello\n>\n\n#syz invalid\n",
        "On Tue, Jan 5, 2027, x wrote:\n\n> Hello\n#syz invalid\n",
        "> is it fixed?\n#syz invalid\n> and that?\n",
        f"> {'long ' * 14}\n\n#syz invalid\n",
        f"> {'long ' * 14}\n#syz invalid\n\n> and that?\n",
        "------------[ cut here ]------------\nWARNING\n\n#syz invalid\n",
        "From: here on it works\n\n#syz invalid\n",
        "#syz invalid\n-- \nme\n",
        "#syz invalid\r\n",
        "#syz invalid",
    ],
)
def test_an_answer_between_below_or_above_a_quotation_is_taken(body: str) -> None:
    assert asked(mail(body)) == INVALID


@pytest.mark.parametrize(
    "headers",
    [
        ["Auto-Submitted: auto-replied"],
        ["Auto-Submitted: auto-generated"],
        ["Precedence: bulk"],
        ["Precedence: junk"],
        ["Precedence: auto_reply"],
        ["X-Auto-Response-Suppress: All"],
        ["X-Autoreply: yes"],
        ["Return-Path: <>"],
        ["X-Failed-Recipients: a@b.invalid"],
        ["From: MAILER-DAEMON@b.invalid (Mail Delivery System)"],
        ["From: Mail <postmaster@b.invalid>"],
        ["From: no-reply@b.invalid"],
        ["From: bisectweb <bug+0123456789abcdef0123@bisect.invalid>"],
        ["From: syzbot <syzbot+0123456789@b.invalid>"],
        ["X-Bisectweb-Reason: a list"],
        ["Subject: Automatic reply: WARNING in x"],
        ["Subject: Out of Office: away"],
        ["Subject: Undelivered Mail Returned to Sender"],
        ["Subject: Abwesenheitsnotiz"],
        ["Subject: Linux-mm Digest, Vol 12, Issue 3"],
        ["Content-Type: multipart/report; report-type=delivery-status; boundary=x"],
        ["Content-Type: multipart/digest; boundary=x"],
    ],
)
def test_what_a_program_sent_asks_for_nothing(headers: list[str]) -> None:
    incoming = read(mail("#syz invalid\n#syz nonsense\n", *headers))
    assert incoming.automatic
    assert (incoming.commands, incoming.refused, incoming.patch) == ((), (), None)
    assert incoming.bug == TOKEN


@pytest.mark.parametrize(
    "headers",
    [
        ["Auto-Submitted: no"],
        ["Precedence: bulk", "List-Id: <linux-mm.kvack.org>"],
        ["Precedence: bulk", "X-Mailing-List: linux-kernel@vger.kernel.org"],
        ["Precedence: list", "List-Id: <linux-mm.kvack.org>"],
        ["Return-Path: <some@body.invalid>"],
        ["Return-Path: <linux-mm-bounces@kvack.org>", "Sender: owner-linux-mm@kvack.org"],
        ["From: Norep Lyman <norep@body.invalid>"],
        ["Subject: Re: undelivered packets in x"],
    ],
)
def test_what_a_person_sent_through_a_list_is_a_persons(headers: list[str]) -> None:
    assert not read(mail("#syz invalid\n", *headers)).automatic
    assert asked(mail("#syz invalid\n", *headers)) == INVALID


@pytest.mark.parametrize(
    ("headers", "bug"),
    [
        ([], TOKEN),
        (["To: bug+ABCDEF0123456789@x.invalid"], "abcdef0123456789"),
        (["To: a@b.invalid, bug+abcdef0123@x.invalid, c@d.invalid"], "abcdef0123"),
        (["To: a@b.invalid,\n <bug+abcdef0123@x.invalid>"], "abcdef0123"),
        (['To: "bug+abcdef0123@x.invalid" <a@b.invalid>'], TOKEN),
        (["To: debug+abcdef0123@x.invalid"], TOKEN),
        (["To: bug+nothex@x.invalid"], TOKEN),
        (["To: J\N{LATIN SMALL LETTER O WITH DIAERESIS} <bug+abcdef0123@x.invalid>"], "abcdef0123"),
    ],
)
def test_the_bug_is_the_one_that_the_mail_was_sent_to(headers: list[str], bug: str) -> None:
    assert read(mail("x\n", *headers)).bug == bug


def test_a_mail_in_copy_to_a_bug_is_about_it_and_another_about_none() -> None:
    head = "From: a@b.invalid\nTo: c@d.invalid\n"
    assert read(f"{head}Cc: bug+abcdef0123@x.invalid\n\nx\n".encode()).bug == "abcdef0123"
    assert read(f"{head}\nbug+abcdef0123@x.invalid\n".encode()).bug is None


def test_a_patch_in_the_text_is_read_without_the_words_around_it() -> None:
    incoming = read(mail(f"#syz test\n\nplease\n---\n{PATCH}-- \n2.39.5\n"))
    assert incoming.patch == PATCH
    assert [one.name for one in incoming.commands] == ["test"]


ODD = """\
diff --git a/notes b/notes
--- a/notes
+++ b/notes
@@ -1,7 +1,4 @@
 > quoted
  | drawn
-- item
--
-On 1 Jan 2027 x@y.invalid wrote:
 From: here
 To: there
"""


def test_what_a_patch_changes_is_not_taken_for_a_quotation_or_a_signature() -> None:
    incoming = read(mail(f"#syz test\n\n{ODD}\n#syz invalid\n-- \n#syz undup\n"))
    assert incoming.patch == ODD
    assert [one.name for one in incoming.commands] == ["test", "invalid"]


def test_a_patch_below_a_quotation_without_signs_is_somebody_elses() -> None:
    assert read(mail(f"#syz test\n\n-----Original Message-----\n{PATCH}")).patch is None


def test_a_quoted_patch_is_none() -> None:
    quoted = "".join(f"> {line}\n" for line in PATCH.splitlines())
    assert read(mail(f"#syz test\n\n{quoted}")).patch is None


@pytest.mark.parametrize("body", ["--- a\nnothing\n", "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n"])
def test_what_only_begins_like_a_patch_is_none(body: str) -> None:
    assert read(mail(body)).patch is None


def committed(text: str, patch: str) -> str:
    """A commit as `git format-patch --stdout` writes it."""
    return (
        f"From {'0a' * 20} Mon Sep 17 00:00:00 2001\nFrom: A Developer <a@kernel.invalid>\n"
        "Date: Tue, 5 Jan 2027 10:00:00 +0100\nSubject: [PATCH 1/2] x: do it\n\n"
        f"{text}\n---\n x.c | 2 +-\n\n{patch}-- \n2.39.5\n\n"
    )


def test_commits_pasted_as_git_writes_them_are_patches_and_ask_for_nothing() -> None:
    series = committed("#syz invalid", PATCH) + committed("> quoted\n#syz stop", ODD)
    incoming = read(mail(f"#syz test\n\n{series}"))
    assert incoming.patch == PATCH + ODD
    assert [one.name for one in incoming.commands] == ["test"]
    forwarded = f"#syz test\n\n{committed('x', PATCH)}-----Original Message-----\n{ODD}"
    assert read(mail(forwarded)).patch == PATCH


def test_a_patch_that_only_renames_is_one() -> None:
    renames = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"
    assert read(mail(f"{renames}\n")).patch == renames


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
@pytest.mark.parametrize(
    ("kind", "name"), [("text/x-patch", "fix.patch"), ("application/octet-stream", "fix.diff")]
)
def test_an_attached_patch_is_read_in_every_encoding(encoding: str, kind: str, name: str) -> None:
    made = EmailMessage()
    made["To"] = f"bug+{TOKEN}@bisect.invalid"
    made.set_content("#syz test: git://git.invalid/linux.git master\n")
    data = f"From: me\nSubject: it\n\n---\n{PATCH}-- \n2.39.5\n"
    if kind.startswith("text/"):
        made.add_attachment(data, subtype="x-patch", filename=name, cte=encoding)
    else:
        made.add_attachment(data.encode(), "application", "octet-stream", filename=name)
    incoming = read(made.as_bytes())
    assert incoming.patch == PATCH
    assert asked(made.as_bytes()) == [("test", "git://git.invalid/linux.git master")]


def test_a_mail_that_is_attached_says_nothing() -> None:
    made = EmailMessage()
    made["To"] = f"bug+{TOKEN}@bisect.invalid"
    made.set_content("look\n")
    inner = EmailMessage()
    inner.set_content(f"#syz invalid\n\n{PATCH}")
    made.add_attachment(inner)
    assert asked(made.as_bytes()) == []
    assert read(made.as_bytes()).patch is None


def test_plain_text_is_read_and_the_same_as_html_is_not_read_again() -> None:
    made = EmailMessage()
    made.set_content("#syz fix: net: plain\n")
    made.add_alternative("<p>#syz fix: net: html</p>", subtype="html")
    assert asked(made.as_bytes()) == [("fix", "net: plain")]


@pytest.mark.parametrize(
    ("html", "commands"),
    [
        ("<p>#syz fix: a &lt;b&gt;&nbsp;c</p>", [("fix", "a <b> c")]),
        ("<div>hello</div><div>#syz <b>invalid</b><br>bye</div>", INVALID),
        ("<html><head><style>\n#syz invalid\n</style></head><body>x</body></html>", []),
        ("<blockquote>\n#syz invalid</blockquote>yes", []),
        ('yes<div class="gmail_quote">On x wrote:<br>#syz invalid</div>', []),
        ('yes<div id="divRplyFwdMsg">From: x</div>\n<div>#syz invalid</div>', []),
        ("<!-- \n#syz invalid\n -->yes", []),
        ("<!DOCTYPE html><?xml:namespace x /><p><![if !mso]>#syz invalid<![endif]></p>", INVALID),
        ("<!-- <!-- #syz invalid --><p>#syz unfix</p>", [("unfix", "")]),
        ("<p>yes</p><!-- #syz invalid", []),
        *((f"<p>#syz invalid</p>{aside * 60_000}", INVALID) for aside in ("<!--", "<?", "</")),
        ("<p>#syz invalid", INVALID),
        ("</p></blockquote><p>#syz invalid", INVALID),
    ],
)
def test_of_a_mail_in_html_alone_its_own_text_is_read(
    html: str, commands: list[tuple[str, str]]
) -> None:
    assert asked(mail(html, "Content-Type: text/html; charset=utf-8")) == commands


def test_soft_line_ends_are_taken_back() -> None:
    flowed = "Content-Type: text/plain; format=flowed"
    assert asked(mail("#syz fix: net: a title \nof two lines\nThanks\n", flowed)) == [
        ("fix", "net: a title of two lines")
    ]
    text = "> quoted \n#syz invalid\n"
    assert asked(mail(text, flowed)) == INVALID


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("iso-8859-1", "8bit"), ("utf-16", "base64"), ("no-such-charset", "8bit"), ("", "base64")],
)
def test_every_charset_is_read(charset: str, encoding: str) -> None:
    known = "utf-8" if charset in ("", "no-such-charset") else charset
    raw = "#syz fix: Grüße\n".encode(known)
    body = base64.encodebytes(raw) if encoding == "base64" else raw
    kind = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"
    head = f"{kind}\nContent-Transfer-Encoding: {encoding}\n{HEAD}\n".encode()
    assert asked(head + body) == [("fix", "Grüße")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n\n",
        b"\x00\xff\xfe",
        b"#syz invalid",
        b"Subject: =?utf-8?b?!!!?=\n\nx",
        b"Subject: =?utf-8?q?=FF=FE?= =?x?y?z?=\n\nx",
        b"To: \xff\xfe <bug+zz@x>\n\nx",
        b"Content-Type: multipart/mixed\n\n#syz invalid\n",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n\nx\n",
        b'Content-Type: multipart/mixed; boundary="x\n\n--x\n\nx\n',
        b"Content-Type: text/plain; charset*0*=x''%FF; charset*1=y\n\nx\n",
        b'Content-Type: text/plain; charset="\x00"\n\nx\n',
        b"Content-Transfer-Encoding: base64\n\n=====x\n",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n!!!\nend\n",
        b"Content-Disposition: attachment; filename*=x''%FF%00\n\nx\n",
        b"Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n" * 40,
        b"From: <<<<@>>>>\nFrom: ,,,\n\nx",
        b": empty\n \n\t\nx",
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    assert not read(raw).patch


def test_parts_in_parts_in_parts_end_somewhere() -> None:
    raw = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5000))
    assert read(f"{HEAD}{raw}\n\n#syz invalid\n".encode()).shortened
