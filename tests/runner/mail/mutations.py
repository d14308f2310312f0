"""Mails as people's programs send them, damaged in every way that comes to mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from random import Random
from typing import TypeAlias

from tests.runner.mail.mails import PATCH, TOKEN, mail

Mutation: TypeAlias = Callable[[Random, bytes], bytes]

# What parsers of mails stumble over.
DUST = (
    *(b"\x00", b"\r", b"\r\n", b"\n\n", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"--", b"--x--"),
    *(b"=?utf-8?b?", b"?=", b"=?x?q?=00?=", b"=\n", b"=3D=", b'"', b"<", b">", b"(", b"\\", b";"),
    *(
        b"#syz fix:",
        b"#bisect rebisect good:",
        b"> ",
        b"-- \n",
        b"On 1 x@y wrote:\n",
        b"@@ -1 +1 @@",
    ),
    *(b"Content-Type: multipart/mixed; boundary=x\n\n", b"charset*0*=utf-8''%FF; charset*1=x"),
    *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n\n", b"boundary=\n"),
    *(b"Content-Type: text/html\n\n<p><blockquote><!--", b"&#x110000;&#0;", b"<![CDATA[", b"\n "),
)


def _attached() -> bytes:
    made = EmailMessage()
    made["From"] = "Some Body <some@body.invalid>"
    made["To"] = f"bug+{TOKEN}@bisect.invalid"
    made["Subject"] = "Re: Grüße"
    made.set_content("#syz test: git://git.invalid/linux.git master\n\nGrüße\n")
    made.add_alternative("<p>#syz invalid</p><blockquote>x</blockquote>", subtype="html")
    made.add_attachment(PATCH, subtype="x-patch", filename="größe.patch", cte="base64")
    made.add_attachment(b"\x89PNG" * 100, "image", "png", filename="x.png")
    return made.as_bytes()


def _bounced() -> bytes:
    kind = "Content-Type: multipart/report; report-type=delivery-status; boundary=x"
    status = "Final-Recipient: rfc822; a@b.invalid\nAction: failed\nStatus: 5.1.1\n"
    body = f"--x\n\ngone\n--x\nContent-Type: message/delivery-status\n\n{status}\n--x--\n"
    return mail(body, kind, "Return-Path: <>", "Auto-Submitted: auto-replied")


SEEDS = (
    mail("#syz fix: net: sched: fix it\n-- \nme\n"),
    mail(f"On 1 Jan 2027, x@y.invalid wrote:\n> hello\n\n#syz test\n\n{PATCH}"),
    mail("#bisect rebisect good: v6.1 bad: v6.2 runs: 20\n#bisect cancel\n#syz nonsense\n"),
    mail("<div>#syz invalid</div><blockquote>x</blockquote>", "Content-Type: text/html"),
    mail("#syz fix: net: a \nb\n> q \n", "Content-Type: text/plain; format=flowed; delsp=yes"),
    mail("=23syz invalid=\n x\n", "Content-Transfer-Encoding: quoted-printable"),
    _attached(),
    _bounced(),
)


def _flip(random: Random, raw: bytes) -> bytes:
    damaged = bytearray(raw)
    for _ in range(random.randint(1, 20)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def _cut(random: Random, raw: bytes) -> bytes:
    start = random.randrange(len(raw))
    return raw[:start] + raw[start + random.randrange(1, 200) :]


def _soil(random: Random, raw: bytes) -> bytes:
    for _ in range(random.randint(1, 10)):
        place = random.randrange(len(raw) + 1)
        raw = raw[:place] + random.choice(DUST) * random.choice((1, 1, 1, 50)) + raw[place:]
    return raw


def _repeat(random: Random, raw: bytes) -> bytes:
    start = random.randrange(len(raw))
    piece = raw[start : start + random.randrange(1, 300)]
    return raw[:start] + piece * random.randrange(2, 30) + raw[start:]


def _splice(random: Random, raw: bytes) -> bytes:
    other = random.choice(SEEDS)
    return raw[: random.randrange(len(raw))] + other[random.randrange(len(other)) :]


def _shuffle(random: Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines)


MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _soil, _repeat, _splice, _shuffle)


def damaged_mails(seed: int, count: int) -> Iterator[bytes]:
    """So many mails, the same for the same seed."""
    random = Random(seed)
    for _ in range(count):
        raw = random.choice(SEEDS)
        for mutate in random.choices(MUTATIONS, k=random.randint(1, 4)):
            raw = mutate(random, raw or b"\n")
        yield raw
