"""Our own addresses: the one that we write from, and those of bugs."""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings


def own_address() -> str:
    """In lower case."""
    return parseaddr(settings.MAIL_FROM)[1].lower()


def is_own(address: str) -> bool:
    """Whether what is sent to an address, in lower case, comes to us."""
    local, _, domain = address.rpartition("@")
    is_bug = domain == settings.MAIL_DOMAIN.lower() and local.startswith("bug+")
    return is_bug or address == own_address()
