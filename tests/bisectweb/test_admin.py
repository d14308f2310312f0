"""The admin: trees are edited, evidence is read, actions call the workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import (
    ApiToken,
    Bisection,
    Bounce,
    Event,
    Message,
    OptOut,
    Received,
    Stop,
    Tree,
)
from runner.values import Disk, Syzkaller
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_kernel,
    create_message,
    create_revision,
    create_run,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db
READ_ONLY = [
    model
    for model in apps.get_app_config("bisectweb").get_models()
    if admin.site.is_registered(model) and model is not Tree
]
DELETABLE = [Bounce, OptOut]


def create_rows() -> None:
    """At least one of everything the admin lists."""
    for _ in range(3):
        revision = create_revision(kernel=create_kernel())
        create_run(revision=revision)
        message = create_message(bisection=create_culprit().bisection)
        address = f"{revision.pk}@x.invalid"
        Received.objects.create(message_id=address, bug=message.bug, state=Received.State.DONE)
        Bounce.objects.create(message=message, address=address, status="5.1.1")
        OptOut.objects.create(address=address, bug=message.bug)
        Stop.objects.create(reason="a loop")
        Event.objects.create(bug=revision.bisection.bug, text="something happened")
        Event.objects.create(worker=create_worker(), text="drained the worker")
    person = User.objects.create_user("with a token")
    ApiToken.issue(person, "a program", ["read"], expires=None)


def test_all_but_the_heartbeat_is_in_the_admin() -> None:
    assert sorted(model.__name__ for model in READ_ONLY) == [
        "ApiToken",
        "Bisection",
        "Bounce",
        "Bug",
        "Crash",
        "Culprit",
        "Event",
        "Kernel",
        "Message",
        "OptOut",
        "Received",
        "Revision",
        "Run",
        "Stop",
        "Worker",
    ]


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_evidence_is_listed_and_read_and_never_edited(
    admin_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    model: type[Bisection],
) -> None:
    create_rows()
    name = f"admin:bisectweb_{model._meta.model_name}"
    row = model._default_manager.first()
    assert row is not None
    with django_assert_max_num_queries(12):
        assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200
    change = reverse(f"{name}_change", args=[row.pk])
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {}).status_code == 403
    assert admin_client.get(reverse(f"{name}_add")).status_code == 403
    allowed = 302 if model in DELETABLE else 403
    delete = admin_client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"})
    assert delete.status_code == allowed


def test_a_tree_is_added_and_its_address_checked(admin_client: Client) -> None:
    data = {
        "name": "upstream",
        "url": "ext::sh -c id",
        "branch": "master",
        "compiler": "gcc",
        "memory_mb": "1024",
        "arch": "arm64",
        "cpus": "2",
        "qemu_args": "-serial null",
        "boot_seconds": "120",
        "repro_seconds": "60",
        "auto_confidence": "0.95",
        "digest_after": "10",
        "mail_kb": "64",
        "mails_per_hour": "20",
        "seen_by": "signed-in",
        "make_variables": "KCFLAGS=-Wno-error\nLLVM_IAS=0",
        "disk_image": "/images/debian.img",
        "ssh_user": "root",
        "syz_execprog": "/syz/execprog",
        "syz_executor": "/syz/executor",
    }
    address = reverse("admin:bisectweb_tree_add")
    assert "https://" in admin_client.post(address, data).text
    assert not Tree.objects.exists()
    data["url"] = "https://git.invalid/linux.git"
    assert "-serial is not for a tree to set" in admin_client.post(address, data).text
    data["qemu_args"] = "-device virtio-rng-pci"
    assert "ssh key come together" in admin_client.post(address, data).text
    assert "from / on" in admin_client.post(address, data | {"ssh_key": "key"}).text
    data["ssh_key"] = "/images/key"
    half = data | {"syz_executor": ""}
    assert "syz-executor come together" in admin_client.post(address, half).text
    assert "no name of a user" in admin_client.post(address, data | {"ssh_user": "-v"}).text
    assert admin_client.post(address, data).status_code == 302
    tree = Tree.objects.get()
    assert tree.url == data["url"]
    assert tree.machine().arch == "arm64"
    assert tree.syzkaller() == Syzkaller(Path("/syz/execprog"), Path("/syz/executor"))
    assert tree.machine().disk == Disk(Path("/images/debian.img"), Path("/images/key"), "root")
    assert tree.machine().qemu_args == ("-device", "virtio-rng-pci")
    given = create_crash(bug=create_bug(tree=tree)).plan().make_variables
    assert given == {"KCFLAGS": "-Wno-error", "LLVM_IAS": "0"}


def test_variables_that_make_would_run_are_refused_with_a_sentence(admin_client: Client) -> None:
    data = {"name": "x", "url": "https://git.invalid/x", "make_variables": "A=$(shell id)"}
    answer = admin_client.post(reverse("admin:bisectweb_tree_add"), data)
    assert "cannot give make the variable A=$(shell id)" in answer.text
    assert not Tree.objects.exists()


def act(client: Client, name: str, action: str, *rows: Any, reason: str = "") -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "reason": reason}
    return client.post(reverse(f"admin:bisectweb_{name}_changelist"), data, follow=True).text


def test_chosen_bisections_are_cancelled(admin_client: Client) -> None:
    active, over = create_bisection(state="running"), create_bisection(state="found")
    assert "Cancelled: 1 of 2." in act(admin_client, "bisection", "cancel", active, over)
    active.refresh_from_db()
    over.refresh_from_db()
    assert (active.state, over.state) == ("cancelled", "found")


def test_a_chosen_bisection_starts_again_with_the_same_bounds(
    admin_client: Client, admin_user: User
) -> None:
    first = create_bisection(
        state="failed", kind="fix", runs=25, asked_good="v6.13", asked_bad="v6.12"
    )
    assert "Started fix bisection" in act(admin_client, "bisection", "start_again", first)
    second = Bisection.objects.exclude(pk=first.pk).get()
    assert (second.kind, second.runs, second.state) == ("fix", 25, "queued")
    assert (second.asked_good, second.asked_bad) == ("v6.13", "v6.12")
    assert second.crash == first.crash
    assert second.created_by == admin_user


def test_nobody_approves_mails_that_they_have_not_read(admin_client: Client) -> None:
    waiting = create_message()
    act(admin_client, "message", "approve", waiting)
    waiting.refresh_from_db()
    assert waiting.state == Message.State.AWAITING_APPROVAL


ACTIONS = [
    ("bisection", "requeue", "failed", "They go on: 1 of 2."),
    ("bisection", "go_first", "queued", "Changed: 1 of 2."),
    ("bisection", "go_last", "queued", "Changed: 1 of 2."),
    ("bisection", "invalidate", "found", "Marked invalid: 1 of 2."),
    ("bisection", "revalidate", "invalid", "Taken back: 1 of 2."),
    ("tree", "pause", "", "Paused: 1 of 2."),
    ("tree", "resume", "held up", "Resumed: 1 of 2."),
    ("worker", "drain", "", "Drained: 1 of 2."),
    ("worker", "undrain", "held up", "They take work again: 1 of 2."),
]


def ready(name: str, state: str) -> list[Any]:
    """A row on which the lever works, and one on which it was pulled before."""
    now = timezone.now()
    if name == "bisection":
        invalid = {"invalidated": None if state == "invalid" else now}
        row = create_bisection(state="found" if state == "invalid" else state)
        row.invalidated = now if state == "invalid" else None
        row.save()
        return [row, create_bisection(state="inconclusive", **invalid)]
    create, field = (create_tree, "paused") if name == "tree" else (create_worker, "drained")
    is_held_up = state == "held up"
    return [
        create(**{field: now if is_held_up else None}),
        create(**{field: None if is_held_up else now}),
    ]


@pytest.mark.parametrize(("name", "action", "state", "words"), ACTIONS)
def test_levers_are_pulled_for_several_at_once(
    admin_client: Client, name: str, action: str, state: str, words: str
) -> None:
    rows = ready(name, state)
    assert words in act(admin_client, name, action, *rows, reason="because")
    assert Event.objects.count() == 1
    if action in ("invalidate", "revalidate", "pause", "drain"):
        assert "say why" in act(admin_client, name, action, *rows)
    else:
        act(admin_client, name, action, *rows)
    assert Event.objects.count() == 1


def test_what_an_admin_changes_of_a_tree_is_written_down(
    admin_client: Client, admin_user: User
) -> None:
    tree = create_tree()
    address = reverse("admin:bisectweb_tree_change", args=[tree.pk])
    shown = admin_client.get(address).context["adminform"].form.initial
    data = {name: value for name, value in shown.items() if value not in (None, False)}
    assert admin_client.post(address, data).status_code == 302
    assert not Event.objects.exists()
    assert admin_client.post(address, data | {"branch": "for-next"}).status_code == 302
    [event] = tree.events.all()
    assert (event.actor, event.text) == (admin_user, "changed branch of the tree")


def test_the_admin_is_for_staff(member_client: Client) -> None:
    response = member_client.get(reverse("admin:bisectweb_bisection_changelist"))
    assert response.status_code == 302
    assert "login" in response["Location"]
