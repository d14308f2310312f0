"""Mails that come in: what people ask for in them. Whatever is read, nothing here raises."""

from __future__ import annotations

from runner.mail.commands import Command
from runner.mail.incoming import Incoming, read_mail

__all__ = ["Command", "Incoming", "read_mail"]
