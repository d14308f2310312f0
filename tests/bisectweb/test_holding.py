"""Leases between real connections: one holder, renewed while it lives, lost when it is not."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.utils import timezone

from bisectweb.holding import holding
from bisectweb.models import Bisection
from bisectweb.models.lease import HEARTBEAT_SECONDS
from tests.factories import create_bisection

pytestmark = pytest.mark.django_db(transaction=True)

WAIT = 10 * HEARTBEAT_SECONDS


def test_of_many_workers_one_gets_the_row() -> None:
    bisection = create_bisection()
    tokens: list[str] = []
    go = Event()

    def claim() -> None:
        go.wait()
        tokens.append(Bisection.objects.get(pk=bisection.pk).claim(Bisection.claimable()))
        connection.close()

    threads = [Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert len([token for token in tokens if token]) == 1


def test_a_row_is_free_again_when_its_lease_has_ended() -> None:
    bisection = create_bisection()
    first = bisection.claim(Bisection.claimable())
    assert first
    assert not bisection.claim(Bisection.claimable())
    Bisection.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = bisection.claim(Bisection.claimable())
    assert second
    assert bisection.attempts == 2
    assert not bisection.give_back(first, reason="the first worker came back")
    assert bisection.give_back(second)
    assert not Bisection.objects.get().reason


def test_a_row_that_waits_out_a_pause_is_not_claimed() -> None:
    soon = timezone.now() + timedelta(minutes=1)
    bisection = create_bisection(not_before=soon)
    assert not bisection.claim(Bisection.claimable())


def test_the_lease_is_renewed_while_its_holder_works() -> None:
    bisection = create_bisection()
    token = bisection.claim(Bisection.claimable())
    soon = timezone.now() + timedelta(seconds=3)
    Bisection.objects.update(lease_until=soon)
    with holding(bisection, token, Bisection.claimable()) as stop:
        renewed = Event()
        while not renewed.wait(0.1):
            if Bisection.objects.filter(lease_until__gt=soon).exists():
                renewed.set()
        assert not stop.is_set()


@pytest.mark.parametrize("change", [{"lease": "somebody else"}, {"state": "cancelled"}])
def test_the_holder_is_told_to_stop_when_the_row_is_taken_or_cancelled(
    change: dict[str, str],
) -> None:
    bisection = create_bisection()
    token = bisection.claim(Bisection.claimable())
    with holding(bisection, token, Bisection.claimable()) as stop:
        Bisection.objects.update(**change)
        assert stop.wait(WAIT)
