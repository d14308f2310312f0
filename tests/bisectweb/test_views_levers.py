"""The levers of bisections: who may pull them, and what comes of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bisectweb.models import Bisection, Culprit, Event, Message, Priority, Tree
from tests.factories import (
    create_bisection,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db


def test_strangers_see_no_levers(client: Client, member_client: Client) -> None:
    for state in Bisection.State:
        bisection = create_bisection(state=state)
        for reader in (client, member_client):
            html = reader.get(bisection.get_absolute_url()).text
            assert "/cancel" not in html
            assert "/invalidate" not in html
            assert '/bisect"' not in html


KEEPER = "keeper@kernel.invalid"
SAID = {"reason": "why", "priority": "3", "verdict": "wrong"}
OF_A_BISECTION = [
    ("bisection-cancel", "queued"),
    ("bisection-invalidate", "found"),
    ("bisection-judge", "found"),
    ("bisection-priority", "queued"),
    ("bisection-requeue", "failed"),
    ("bisection-revalidate", "invalid"),
    ("bisection-start", "queued"),
    ("bisection-unjudge", "judged"),
    ("tree-pause", "queued"),
    ("tree-requeue", "failed"),
    ("tree-resume", "paused"),
]
"""Each lever that the maintainers of a tree may pull, with what has to be there for it."""


def prepared(state: str) -> Bisection:
    bisection = create_culprit().bisection
    tree = bisection.bug.tree
    tree.maintainers, tree.paused = KEEPER, timezone.now() if state == "paused" else None
    tree.save()
    if state in Bisection.State:
        bisection.state = state
    if state == "invalid":
        bisection.invalidated = timezone.now()
    if state == "judged":
        Culprit.objects.update(verdict="wrong", verdict_by="somebody")
    bisection.save()
    return bisection


def address_of(name: str, bisection: Bisection) -> str:
    if name == "bisection-start":
        return reverse(name, args=[bisection.crash_id])
    if name.startswith("tree"):
        return reverse(name, args=[bisection.bug.tree.name])
    return reverse(name, args=[bisection.pk])


@pytest.mark.parametrize(("name", "state"), OF_A_BISECTION)
def test_a_lever_is_pulled_once_by_post_and_by_who_keeps_the_tree(
    client: Client, member_client: Client, admin_client: Client, name: str, state: str
) -> None:
    bisection = prepared(state)
    address = address_of(name, bisection)
    said = SAID | {"kind": "cause", "strategy": "bayes", "runs": "10", "bisections": bisection.pk}
    assert admin_client.get(address).status_code == 405
    assert client.post(address, said)["Location"].startswith(reverse("login"))
    assert member_client.post(address, said).status_code == 403
    assert not Event.objects.exists()
    keeper = Client()
    keeper.force_login(User.objects.create_user("keeper", KEEPER))
    assert keeper.post(address, said).status_code == 302
    pulled = Event.objects.count()
    assert pulled
    again = admin_client.post(address, said, follow=True)
    assert again.context["messages"] or name == "bisection-start"
    may_be_said_twice = name in ("bisection-judge", "bisection-start")
    assert (Event.objects.count() > pulled) == may_be_said_twice


@pytest.mark.parametrize("name", ["worker-drain", "worker-undrain"])
def test_a_worker_is_held_up_by_admins_only(
    client: Client, member_client: Client, admin_client: Client, name: str
) -> None:
    worker = create_worker(drained=timezone.now() if name == "worker-undrain" else None)
    address = reverse(name, args=[worker.pk])
    create_tree(maintainers="member@bisectweb.invalid")
    assert client.post(address, SAID).status_code == 302
    assert member_client.post(address, SAID).status_code == 403
    assert not Event.objects.exists()
    for _ in range(2):
        assert admin_client.post(address, SAID).status_code == 302
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("name", "state"), OF_A_BISECTION)
def test_no_lever_tells_that_a_private_tree_is_there(
    member_client: Client, name: str, state: str
) -> None:
    bisection = prepared(state)
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    assert member_client.post(address_of(name, bisection), SAID).status_code == 404


def test_what_failed_is_listed_by_its_reason_before_it_goes_on(
    client: Client, admin_client: Client
) -> None:
    first = create_bisection(state="failed", reason="the disk is full")
    for reason in ("the disk is full", "git died"):
        create_bisection(crash=first.crash, state="failed", reason=reason)
    tree = first.bug.tree
    page = reverse("tree-failed", args=[tree.name])
    assert "checkbox" not in client.get(page).text
    html = admin_client.get(page).text
    assert html.index("the disk is full") < html.index("git died")
    assert html.count('type="checkbox"') == 3
    requeue = reverse("tree-requeue", args=[tree.name])
    for nothing in ([], ["x"]):
        said = admin_client.post(requeue, {"bisections": nothing}, follow=True).text
        assert "tick some" in said
    answer = admin_client.post(requeue, {"bisections": [first.pk, 0]}, follow=True)
    assert "1 of 2 go on" in answer.text
    assert answer.text.count('type="checkbox"') == 2


def test_a_lever_needs_a_token_against_forged_requests(admin_user: User) -> None:
    bisection = create_bisection()
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(reverse("bisection-cancel", args=[bisection.pk])).status_code == 403
    bisection.refresh_from_db()
    assert bisection.is_active


def test_staff_cancel_once(admin_client: Client) -> None:
    bisection = create_bisection(state="running")
    address = reverse("bisection-cancel", args=[bisection.pk])
    assert address in admin_client.get(bisection.get_absolute_url()).text
    response = admin_client.post(address, follow=True)
    assert response.redirect_chain == [(bisection.get_absolute_url(), 302)]
    assert "Cancelled. Whatever was running" in response.text
    assert "hx-trigger" not in response.text
    assert "had ended before" in admin_client.post(address, follow=True).text


def test_staff_mark_a_result_invalid_with_a_reason(admin_client: Client) -> None:
    culprit = create_culprit()
    mail = create_message(bisection=culprit.bisection)
    address = reverse("bisection-invalidate", args=[culprit.bisection.pk])
    assert "say why" in admin_client.post(address, {"reason": " "}, follow=True).text
    response = admin_client.post(address, {"reason": "<b>the wrong</b> config"}, follow=True)
    assert "&lt;b&gt;the wrong&lt;/b&gt; config" in response.text
    mail.refresh_from_db()
    assert mail.state == Message.State.CANCELLED
    assert "before" in admin_client.post(address, {"reason": "again"}, follow=True).text


def test_staff_start_again_with_other_bounds(admin_client: Client, admin_user: User) -> None:
    bisection = create_bisection(state="failed", asked_bad="v6.12")
    data = {"kind": "fix", "strategy": "classic", "runs": "25", "good": "v6.13", "bad": ""}
    address = reverse("bisection-start", args=[bisection.crash.pk])
    response = admin_client.post(address, data)
    started = Bisection.objects.exclude(pk=bisection.pk).get()
    assert response["Location"] == started.get_absolute_url()
    assert (started.kind, started.runs, started.asked_good) == ("fix", 25, "v6.13")
    assert started.asked_bad == bisection.crash.commit
    assert started.created_by == admin_user


def test_bounds_that_are_no_names_start_nothing_and_are_shown_again(admin_client: Client) -> None:
    crash = create_crash()
    data = {"kind": "cause", "strategy": "classic", "runs": "10", "good": "-x", "bad": "v6..v7"}
    response = admin_client.post(reverse("bisection-start", args=[crash.pk]), data)
    assert response.status_code == 422
    assert response.text.count("as git names it") == 2
    assert 'value="v6..v7"' in response.text
    assert not Bisection.objects.exists()


def test_staff_change_the_priority_of_what_is_active(admin_client: Client) -> None:
    bisection = create_bisection()
    address = reverse("bisection-priority", args=[bisection.pk])
    assert "choose low" in admin_client.post(address, {"priority": "9"}, follow=True).text
    assert "high priority now" in admin_client.post(address, {"priority": "3"}, follow=True).text
    again = admin_client.post(address, {"priority": "3"}, follow=True).text
    assert "Nothing was changed" in again
    bisection.refresh_from_db()
    assert bisection.priority == Priority.HIGH
    assert bisection.bug.events.count() == 1
