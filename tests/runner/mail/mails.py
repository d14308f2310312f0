"""Mails to test with, as people's programs send them."""

from __future__ import annotations

from io import BytesIO

from runner.mail import Incoming, read_mail

TOKEN = "0123456789abcdef0123"
HEAD = f"""\
From: Some Body <some@body.invalid>
To: bisectweb <bug+{TOKEN}@bisect.invalid>
Cc: linux-mm@kvack.org
Subject: Re: [bisectweb] WARNING in x
Message-ID: <1@body.invalid>
Date: Tue, 5 Jan 2027 10:00:00 +0100
"""
PATCH = """\
diff --git a/mm/slab.c b/mm/slab.c
index 1234567..89abcde 100644
--- a/mm/slab.c
+++ b/mm/slab.c
@@ -1,3 +1,3 @@
 one
-two
+TWO

@@ -10 +10 @@ void f(void)
--- old
+++ new
\\ No newline at end of file
"""


def mail(body: str, *headers: str) -> bytes:
    """A mail of these lines; a header given here comes first, and is the one that counts."""
    extra = "".join(f"{header}\n" for header in headers)
    return f"{extra}{HEAD}\n{body}".encode()


def read(raw: bytes) -> Incoming:
    return read_mail(BytesIO(raw))


def asked(raw: bytes) -> list[tuple[str, str]]:
    """Name and arguments of each command."""
    return [(command.name, command.args) for command in read(raw).commands]
