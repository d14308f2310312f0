"""The default mail backend: each mail becomes one file, and nothing touches the network."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Writes `<message id>.eml` files that any mail program opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            path = mail_file(mail.extra_headers["Message-ID"])
            part = path.with_suffix(".part")
            part.write_bytes(mail.message().as_bytes())
            os.replace(part, path)
        return len(email_messages)


def mail_file(message_id: str) -> Path:
    """Where the mail with this Message-ID is, or will be."""
    name = re.sub(r"[^A-Za-z0-9@._-]", "_", message_id.strip("<>"))
    folder: Path = settings.MAIL_FOLDER
    return folder / f"{name}.eml"
