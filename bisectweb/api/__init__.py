"""The API for programs: `/api/v1/`, and the JSON twins of the pages, which answer the same."""

from __future__ import annotations

from bisectweb.api import syzbot
from bisectweb.api.service import api, unknown
from bisectweb.api.twins import twin

__all__ = ["api", "syzbot", "twin", "unknown"]
