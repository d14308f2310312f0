"""The mail with the link that sets a forgotten password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from bisectweb.allowances import Limit, take

LINKS = Limit("links to an account", 3, timedelta(hours=1))
"""Somebody else may ask for them, too."""


class LinkMail(PasswordResetForm):
    """Django's way to find the accounts of an address, with a mail of ours."""

    def get_users(self, email: str) -> Iterator[User]:
        """Those that did not get too many links lately, however the address was spelled."""
        return (user for user in super().get_users(email) if take(LINKS, user.pk))

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: Mapping[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        EmailMessage(
            subject="Your password",
            body=render_to_string("emails/password.txt", dict(context)),
            from_email=settings.MAIL_FROM,
            to=[to_email],
            headers={
                "Message-ID": make_msgid(domain=settings.MAIL_DOMAIN),
                "Auto-Submitted": "auto-generated",
            },
        ).send()


def mail_link(address: str) -> None:
    """To each account of that address; to nobody if there is none."""
    form = LinkMail({"email": address})
    if form.is_valid():
        # Never the host that the request named: whoever asked could have made it up.
        form.save(
            domain_override=settings.SITE_URL, extra_email_context={"site": settings.SITE_URL}
        )
