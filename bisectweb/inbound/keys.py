"""Where the public keys of DKIM signatures come from: the DNS, or a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import dns.exception
import dns.resolver
from django.conf import settings

from runner.errors import InfraError

Keys: TypeAlias = Callable[[str], bytes | None]
"""The TXT record of a name, if there is one. `InfraError`: ask again later."""
SECONDS = 10.0


def keys() -> Keys:
    """As the settings say."""
    path: Path | None = settings.DKIM_KEYS
    return from_file(path) if path else from_dns


def from_dns(name: str) -> bytes | None:
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
        return None
    except (
        dns.exception.Timeout,
        dns.resolver.NoNameservers,
        dns.resolver.NoResolverConfiguration,
        OSError,
    ) as error:
        raise InfraError(f"the DNS does not say what is at {name}: {error}") from error
    except (dns.exception.DNSException, ValueError):
        return None  # such a name cannot be
    return b"".join(next(iter(answer)).strings)


def from_file(path: Path) -> Keys:
    """Lines of a name, a blank and its record; all other names have none."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise InfraError(f"the file of DKIM keys cannot be read: {error}") from error
    records = {
        name.rstrip("."): record for name, _, record in (line.partition(" ") for line in lines)
    }
    return lambda name: records.get(name.rstrip("."), "").strip().encode() or None
