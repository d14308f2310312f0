"""The page of the API's tokens."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb.models import ApiToken
from tests.bisectweb.calling import API

pytestmark = pytest.mark.django_db

WANTED = {"name": "the <CI>", "scopes": ["read", "file"], "days": "30"}


def test_a_token_is_shown_once_and_works(member_client: Client) -> None:
    address = reverse("token-list")
    answer = member_client.post(address, WANTED)
    [token] = re.findall(r"bisect_[\w-]{43}", answer.text)
    assert "no-store" in answer["Cache-Control"]
    row = ApiToken.objects.get()
    assert row.digest == hashlib.sha256(token.encode()).hexdigest()
    assert (row.scopes, row.name) == (["file", "read"], "the <CI>")
    assert row.expires
    assert (row.expires - row.created).days in (29, 30)
    again = member_client.get(address).text
    assert token not in again
    assert row.prefix in again
    assert "the &lt;CI&gt;" in again
    with_it = Client(headers={"Authorization": f"Bearer {token}"})
    assert with_it.get(f"{API}/bugs").status_code == 200


def test_a_token_may_have_no_end(member_client: Client) -> None:
    member_client.post(reverse("token-list"), WANTED | {"days": "0"})
    assert ApiToken.objects.get().expires is None
    assert "it is revoked\n" in member_client.get(reverse("token-list")).text


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"days": "9"}]
)
def test_an_impossible_token_is_not_made(
    member_client: Client, wrong: dict[str, str | list[str]]
) -> None:
    answer = member_client.post(reverse("token-list"), {**WANTED, **wrong})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_person_alone(member: User, member_client: Client) -> None:
    row, token = ApiToken.issue(member, "x", ["read"], expires=None)
    address = reverse("token-revoke", args=[row.pk])
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger"))
    assert stranger.post(address).status_code == 404
    assert row.prefix not in stranger.get(reverse("token-list")).text
    assert member_client.get(address).status_code == 405
    assert "Revoked." in member_client.post(address, follow=True).text
    assert "revoked before" in member_client.post(address, follow=True).text
    with_it = Client(headers={"Authorization": f"Bearer {token}"})
    assert with_it.get(f"{API}/bugs").status_code == 401


def test_the_page_is_for_people_who_are_signed_in(client: Client) -> None:
    address = reverse("token-list")
    assert client.get(address).url == f"/login/?next={address}"  # type: ignore[attr-defined]


def test_an_admin_revokes_the_tokens_of_others_and_sees_no_digest(
    member: User, admin_client: Client
) -> None:
    row, _ = ApiToken.issue(member, "x", ["read"], expires=None)
    address = reverse("admin:bisectweb_apitoken_changelist")
    chosen = {"action": "revoke", "_selected_action": [row.pk]}
    assert "Revoked: 1 of 1." in admin_client.post(address, chosen, follow=True).text
    assert ApiToken.objects.get().revoked
    page = reverse("admin:bisectweb_apitoken_change", args=[row.pk])
    assert row.digest not in admin_client.get(page).text
