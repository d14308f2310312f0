"""Rows that know whom a mail goes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from django.db import models

from runner.values import Header, Recipient


class HasPeople(models.Model):
    """Has recipients."""

    # Each with address, name, header and reason, as `runner.values.Recipient`.
    people = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True

    @property
    def recipients(self) -> list[Recipient]:
        return [Recipient(**one | {"header": Header(one["header"])}) for one in self.people]

    @property
    def to(self) -> list[str]:
        return [one["address"] for one in self.people if one["header"] == Header.TO]

    @property
    def cc(self) -> list[str]:
        return [one["address"] for one in self.people if one["header"] == Header.CC]


def as_rows(people: Iterable[Recipient]) -> list[dict[str, str]]:
    """What `people` holds."""
    return [asdict(one) for one in people]
