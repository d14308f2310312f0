"""The page of workers: who is there, and what each does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Bisection, PatchTest, Tree, Worker
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_revision,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db
FACTS = {
    "accelerators": [
        {"arch": "x86_64", "accelerator": "kvm", "reason": "a test image ran", "qemu": "QEMU 7.2"}
    ],
    "compilers": ["gcc 12.2.0 (gcc)", "clang 14.0.6 (clang)"],
    "disk_free": 5 << 30,
    "disk_total": 50 << 30,
    "warm": 3 << 30,
    "kernels": 12,
    "kernels_size": 1 << 30,
}


def busy(worker: Worker, title: str, slot: int = 0, **tree: object) -> Bisection:
    """A bisection that the worker tests a revision of."""
    bug = create_bug(tree=create_tree(**tree), title=title)
    bisection = create_bisection(crash=create_crash(bug=bug), state="running")
    until = timezone.now() + timedelta(minutes=1)
    create_revision(
        bisection=bisection,
        state="building",
        lease="x",
        lease_until=until,
        worker=worker,
        slot=slot,
    )
    return bisection


def test_each_worker_says_what_it_does_and_what_it_is(client: Client) -> None:
    worker = create_worker(name="builder", slots=2, facts=FACTS)
    bisection = busy(worker, "KASAN: use-after-free in kfree", slot=1)
    html = client.get(reverse("worker-list")).text
    for words in ("slot 1: building", "KASAN: use-after-free", "QEMU 7.2", "clang 14.0.6", "3.0"):
        assert words in html
    assert bisection.get_absolute_url() in html
    [facts] = client.get("/workers.json").json()
    assert (facts["name"], facts["is_silent"], facts["machine"]["kernels"]) == (
        "builder",
        False,
        12,
    )
    assert facts["jobs"][0]["bisection"] == bisection.pk


def test_a_patch_test_is_work_too(client: Client) -> None:
    held = {"lease": "x", "lease_until": timezone.now() + timedelta(minutes=1)}
    shown, hidden = create_crash(), create_crash()
    Tree.objects.filter(pk=hidden.bug.tree_id).update(seen_by=Tree.SeenBy.KEEPERS)
    worker = create_worker(slots=2)
    for slot, crash in enumerate((shown, hidden)):
        PatchTest.objects.create(
            bug=crash.bug,
            crash=crash,
            tree=crash.bug.tree,
            asked="v6.12",
            runs_wanted=3,
            state="running",
            worker=worker,
            slot=slot,
            **held,
        )
    [facts] = client.get("/workers.json").json()
    test = PatchTest.objects.get(bug=shown.bug)
    assert [(job["slot"], job["what"]) for job in facts["jobs"]] == [
        (0, f"patch test {test.pk}, running"),
        (1, "a patch test that you may not see"),
    ]


def test_a_lease_that_has_ended_is_nobodys_work(client: Client) -> None:
    bisection = busy(create_worker(), "WARNING in kfree")
    bisection.revisions.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert client.get("/workers.json").json()[0]["jobs"] == []


def test_what_a_reader_may_not_see_is_not_named(client: Client, admin_client: Client) -> None:
    bisection = busy(create_worker(), "a secret crash", seen_by=Tree.SeenBy.KEEPERS)
    bisection.revisions.get().sha[:12]
    for address in (reverse("worker-list"), "/workers.json"):
        told = client.get(address).text
        assert "a bisection that you may not see" in told
        for secret in (
            "a secret crash",
            bisection.revisions.get().sha[:12],
            f"bisections/{bisection.pk}",
        ):
            assert secret not in told
    assert "a secret crash" in admin_client.get(reverse("worker-list")).text


def test_a_silent_worker_is_said_to_be_silent(client: Client) -> None:
    create_worker(at=timezone.now() - timedelta(minutes=2))
    assert "No sign of life since" in client.get(reverse("worker-list")).text


def test_an_admin_drains_a_worker_once_and_lets_it_work_again(admin_client: Client) -> None:
    worker = create_worker()
    page, drain = reverse("worker-list"), reverse("worker-drain", args=[worker.pk])
    undrain = reverse("worker-undrain", args=[worker.pk])
    assert drain in admin_client.get(page).text
    assert "say why" in admin_client.post(drain, {"reason": ""}, follow=True).text
    said = admin_client.post(drain, {"reason": "a new disk"}, follow=True).text
    assert "takes nothing more" in said
    assert "a new disk" in said
    assert "was drained before" in admin_client.post(drain, {"reason": "x"}, follow=True).text
    assert "takes work again" in admin_client.post(undrain, follow=True).text
    assert "was not drained" in admin_client.post(undrain, follow=True).text
    assert worker.events.count() == 2


def test_the_page_costs_few_queries_however_many_work(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        busy(create_worker(), f"crash {number}")
    with django_assert_max_num_queries(12):
        client.get(reverse("worker-list"))
