"""The levers of bisections: who may pull them, and what comes of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb.models import Bisection, Message
from tests.factories import create_bisection, create_crash, create_culprit, create_message

pytestmark = pytest.mark.django_db
LEVERS = ["bisection-cancel", "bisection-invalidate", "bisection-start"]


def test_strangers_see_no_levers(client: Client, member_client: Client) -> None:
    for state in Bisection.State:
        bisection = create_bisection(state=state)
        for reader in (client, member_client):
            html = reader.get(bisection.get_absolute_url()).text
            assert "/cancel" not in html
            assert "/invalidate" not in html
            assert "/bisect" not in html.replace("/bisections/", "")


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_is_pulled_by_post_and_by_whoever_keeps_the_tree(
    client: Client, member_client: Client, admin_client: Client, name: str
) -> None:
    bisection = create_bisection()
    address = reverse(name, args=[bisection.pk])
    assert admin_client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert client.post(address)["Location"].startswith(reverse("login"))
    assert member_client.post(address).status_code == 403
    bisection.refresh_from_db()
    assert bisection.state == Bisection.State.QUEUED
    assert bisection.invalidated is None
    assert Bisection.objects.count() == 1


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
    assert bisection.priority == Bisection.Priority.HIGH
    assert bisection.bug.events.count() == 1
