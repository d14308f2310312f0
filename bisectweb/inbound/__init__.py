"""Mails that come in: received once, whoever may is heard, and what they ask for is done."""

from __future__ import annotations

from bisectweb.inbound.receiving import receive

__all__ = ["receive"]
