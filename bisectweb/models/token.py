"""Tokens with which programs call the API for a person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone

PREFIX = "bisect_"
"""So that people, and those who scan repositories for secrets, know what it is."""
SHOWN = len(PREFIX) + 6
# A row that is written with each call would be where all calls wait for each other.
NOTED_EVERY = timedelta(minutes=1)


class ApiToken(models.Model):
    """What a program shows to act for a person; the rows of old ones stay, as their audit trail."""

    class Scope(models.TextChoices):
        READ = "read", "read what I may see"
        FILE = "file", "file bugs, add crashes and notes, and import logs"
        BISECT = "bisect", "say what bugs are; start, stop and judge bisections, as far as I may"
        APPROVE = "approve", "approve, change and stop mails, as far as I may"
        OPERATE = "operate", "pause trees and drain workers, as far as I may"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    # Its first characters, by which a person knows it again.
    prefix = models.CharField(max_length=20)
    # SHA-256 of the token: it is long and random, so that nothing slower is needed.
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    # To the minute.
    used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.prefix} of {self.user}"

    @classmethod
    def issue(
        cls, user: User, name: str, scopes: Iterable[str], expires: datetime | None
    ) -> tuple[ApiToken, str]:
        """The row and the token, which nobody can read from it: to be shown now or never."""
        token = PREFIX + secrets.token_urlsafe(32)
        row = cls.objects.create(
            user=user,
            name=name,
            prefix=token[:SHOWN],
            digest=digest(token),
            scopes=sorted(scopes),
            expires=expires,
        )
        return row, token

    @classmethod
    def known(cls, token: str) -> ApiToken | None:
        """The row of a token that still counts, with its user."""
        valid = Q(expires=None) | Q(expires__gt=timezone.now())
        rows = cls.objects.select_related("user").filter(valid, revoked=None)
        return rows.filter(digest=digest(token), user__is_active=True).first()

    def note_use(self) -> None:
        now = timezone.now()
        if self.used is None or now - self.used >= NOTED_EVERY:
            type(self).objects.filter(pk=self.pk).update(used=now)

    def revoke(self) -> bool:
        """False when it was revoked before."""
        rows = type(self).objects.filter(pk=self.pk, revoked=None)
        return rows.update(revoked=timezone.now()) == 1

    @property
    def is_valid(self) -> bool:
        return self.revoked is None and (self.expires is None or self.expires > timezone.now())


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
