"""A lease on a row: who works on it, until when, and how often it was tried."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from bisectweb.models.worker import Worker

# A heartbeat renews the lease long before it ends; a worker killed with -9 stops renewing, and
# the sweep hands its row to another one LEASE later.
LEASE = timedelta(seconds=20)
HEARTBEAT_SECONDS = 2


class Leased(models.Model):
    """A row that one worker at a time may work on."""

    lease = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    # When a task was last queued for this row; empty once a worker has taken it.
    woken = models.DateTimeField(null=True, blank=True, editable=False)
    # Who had it last, and in which slot.
    worker = models.ForeignKey(
        Worker, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    slot = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    AROUND: ClassVar[Sequence[str]] = ()
    """The rows beside it that whoever claims it needs as well, as `select_related` names them."""

    class Meta:
        abstract = True

    @staticmethod
    def free(now: datetime) -> Q:
        """Rows that nobody holds and that do not wait for a pause to end."""
        unheld = Q(lease="") | Q(lease_until__lt=now)
        return unheld & (Q(not_before=None) | Q(not_before__lte=now))

    def claim(self, claimable: Q, worker: Worker | None = None, slot: int | None = None) -> str:
        """Take the lease if the row is free and `claimable`: its token, or empty if not.

        One compare-and-set UPDATE, which counts the attempt too: a worker that dies without a
        word has been counted already. The row is locked before: where somebody who ends it is
        waited for, PostgreSQL would look again at no more than what it says of its lease.
        """
        now = timezone.now()
        token = secrets.token_hex(8)
        with transaction.atomic():
            list(self.rows().select_for_update(no_key=True).values_list("pk"))
            claimed = (
                self.rows()
                .filter(self.free(now), pk__in=self.rows().filter(claimable).values("pk"))
                .update(
                    lease=token,
                    lease_until=now + LEASE,
                    attempts=F("attempts") + 1,
                    not_before=None,
                    woken=None,
                    worker=worker,
                    slot=slot,
                )
            )
        if not claimed:
            return ""
        self.refresh_from_db(from_queryset=self.rows().select_related(*self.AROUND))
        return token

    def renew(self, token: str, claimable: Q) -> bool:
        """Hold the lease for longer; False when it is lost or the row is no longer `claimable`."""
        until = timezone.now() + LEASE
        return self.rows().filter(claimable, lease=token).update(lease_until=until) == 1

    def give_back(self, token: str, **changes: Any) -> bool:
        """Give the row back with `changes`; False, and nothing changed, when the lease is lost."""
        return self.rows().filter(lease=token).update(lease="", lease_until=None, **changes) == 1

    def line_up(self) -> None:
        """Lock what everybody locks before this row, at the beginning of a transaction."""

    def rows(self) -> models.QuerySet[Any]:
        return type(self)._default_manager.filter(pk=self.pk)
