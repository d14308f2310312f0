"""Signs mails as mail servers do, with keys that are made up for each run of the tests."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dkim

SELECTOR = "mail"
HEADERS = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
SMALL = [n for n in range(3, 1000, 2) if all(n % i for i in range(3, int(n**0.5) + 1, 2))]


@dataclass(frozen=True, slots=True)
class Key:
    private: bytes
    record: str


@cache
def key(domain: str) -> Key:
    """The key of a domain."""
    p, q, e = _prime(), _prime(), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    pem = base64.encodebytes(_sequence(numbers)).decode()
    private = f"-----BEGIN RSA PRIVATE KEY-----\n{pem}-----END RSA PRIVATE KEY-----\n"
    public = base64.b64encode(_sequence([p * q, e])).decode()
    return Key(private.encode(), f"v=DKIM1; k=rsa; p={public}")


def _prime() -> int:
    while True:
        number = secrets.randbits(512) | 3 << 510 | 1
        if number % 65537 == 1 or not all(number % small for small in SMALL):
            continue
        # Fermat's test: numbers of this size that deceive it are rarer than failures of memory.
        if all(pow(base, number - 1, number) == 1 for base in (2, 3, 5)):
            return number


def _sequence(numbers: Sequence[int]) -> bytes:
    return _tagged(0x30, b"".join(map(_integer, numbers)))


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def signed(
    raw: bytes,
    domain: str = "body.invalid",
    *,
    headers: Sequence[str] = HEADERS,
    length: bool = False,
) -> bytes:
    """The mail with a signature of a domain on top."""
    named = raw.partition(b"\n\n")[0].lower()
    present = [name.encode() for name in headers if f"{name}:".encode() in named]
    signature: bytes = dkim.sign(
        raw,
        SELECTOR.encode(),
        domain.encode(),
        key(domain).private,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=present,
        length=length,
    )
    return signature + raw


def write_keys(path: Path, *domains: str) -> None:
    """The file of keys that a site has instead of the DNS."""
    lines = [f"{SELECTOR}._domainkey.{domain}. {key(domain).record}\n" for domain in domains]
    path.write_text("".join(lines))
