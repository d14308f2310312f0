"""`manage.py receive_mail < message`: what a mail server hands a mail to."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from django.core.management.base import BaseCommand

from bisectweb.inbound import receive

logger = logging.getLogger(__name__)
IN_MEMORY = 1 << 20


class Command(BaseCommand):
    help = (
        "Receive the mail on standard input. Exit status 0: it was recorded, as each mail is once; "
        f"{os.EX_TEMPFAIL}: bring it again later."
    )

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
                file.seek(0)
                receive(cast(BinaryIO, file))
        except Exception:
            # Whatever it is, the mail server keeps the mail.
            logger.exception("a mail could not be received now")
            sys.exit(os.EX_TEMPFAIL)
