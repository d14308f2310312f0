"""Limits on people: exact, whoever counts, and forgotten when their time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from bisectweb.allowances import Limit, take
from bisectweb.models import Allowance, Bug, Crash, Note
from tests.bisectweb.calling import post, program
from tests.bisectweb.logs import cause_log
from tests.factories import create_bug, create_tree

pytestmark = pytest.mark.django_db

THREE = Limit("a thing", 3, timedelta(hours=1))


def test_somebody_may_so_often_and_each_for_themselves() -> None:
    assert [take(THREE, "one") for _ in range(4)] == [True, True, True, False]
    assert take(THREE, "other")
    assert take(Limit("another thing", 1, THREE.per), "one")


def test_several_at_once_are_all_or_none() -> None:
    assert not take(THREE, "one", 4)
    assert take(THREE, "one", 3)
    assert not take(THREE, "one")


def test_what_is_over_is_forgotten() -> None:
    take(THREE, "one")
    Allowance.objects.update(ends=timezone.now() - timedelta(seconds=1))
    take(THREE, "other")
    assert Allowance.objects.count() == 1


def test_a_stretch_ends_with_the_clocks() -> None:
    now = datetime(2026, 11, 23, 7, 59, 59, tzinfo=UTC)
    assert THREE.end(now) == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert THREE.end(THREE.end(now)) == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_neither_names_nor_addresses_are_kept() -> None:
    take(THREE, "somebody@bisectweb.invalid")
    assert "somebody" not in str(Allowance.objects.values().get())


def filed(client: Client) -> int:
    said = {
        "tree": create_tree().pk,
        "title": "WARNING in kfree",
        "commit": "v6.12",
        "config": "CONFIG_X=y\n",
        "reproducer": "int main(void) { return 0; }\n",
        "kind": "cause",
        "strategy": "bayes",
        "runs": 10,
    }
    return client.post(reverse("bug-new"), said).status_code


def test_one_person_adds_so_much_in_a_day_by_whatever_way(
    member: User, member_client: Client, settings: Settings
) -> None:
    settings.ADDED_PER_DAY = 2
    bug, caller = create_bug(), program(member)
    assert filed(member_client) == 302
    crash = {"commit": "v6.12", "reproducer": "int main(void) { return 0; }\n"}
    assert post(caller, f"bugs/{bug.pk}/crashes", config="A=y\n", **crash).status_code == 201
    counts = [model.objects.count() for model in (Bug, Crash, Note)]
    assert filed(member_client) == 429
    member_client.post(reverse("note-new", args=[bug.pk]), {"text": "hello"})
    refused = post(caller, f"bugs/{bug.pk}/crashes", config="B=y\n", **crash)
    assert (refused.status_code, "in a day" in refused.json()["error"]) == (429, True)
    log = SimpleUploadedFile("log.txt", cause_log().encode())
    page = member_client.post(reverse("import-logs"), {"logs": [log]})
    assert page.status_code == 429
    assert counts == [model.objects.count() for model in (Bug, Crash, Note)]


def test_admins_add_as_much_as_they_like(admin_client: Client, settings: Settings) -> None:
    settings.ADDED_PER_DAY = 0
    assert filed(admin_client) == 302
