"""`manage.py fetch_mail`: the mails of a mailbox, for who has no mail server of their own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from imap_tools import ImapToolsError

from bisectweb.inbound.fetching import fetch
from runner.errors import InfraError, InputError


class Command(BaseCommand):
    help = "Receive the unseen mails of the mailbox that the settings BISECTWEB_IMAP_... name."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fetched = fetch()
        except (InputError, InfraError, ImapToolsError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{fetched.recorded} received, {fetched.left} left for later")
