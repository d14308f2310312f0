"""Signing in: guessing is slow, and a forgotten password is set by whoever reads the mail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries, Settings

from bisectweb.outbound.passwords import mail_link
from bisectweb.security import client_address

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"
NEW = "a rather long new one"


def sign_in(client: Client, password: str, name: str = "member", address: str = HOME) -> int:
    said = {"username": name, "password": password}
    return client.post(reverse("login"), said, REMOTE_ADDR=address).status_code


def fail(client: Client, times: int, name: str = "member") -> list[int]:
    return [sign_in(client, "wrong", name) for _ in range(times)]


def test_whoever_fails_five_times_waits_and_is_told_until_when(
    client: Client, member: User
) -> None:
    assert fail(client, 5) == [200, 200, 200, 200, 429]
    said = {"username": "member", "password": "secret"}
    page = client.post(reverse("login"), said, REMOTE_ADDR=HOME)
    assert page.status_code == 429
    assert "You can try again in 15 minutes" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 900
    assert "_auth_user_id" not in client.session


def test_others_and_other_addresses_do_not_wait_with_them(client: Client, member: User) -> None:
    User.objects.create_user("other", "other@bisectweb.invalid", "secret")
    fail(client, 5)
    assert sign_in(client, "secret", "other") == 302
    assert sign_in(Client(), "secret", address="192.0.2.2") == 302


def test_the_wait_ends_and_attempts_do_not_prolong_it(client: Client, member: User) -> None:
    fail(client, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert fail(client, 2) == [429, 429]
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(client, "secret") == 302
    assert not AccessAttempt.objects.exists()


def test_a_name_without_an_account_is_treated_as_one_that_has_one(
    client: Client, member: User
) -> None:
    assert fail(client, 6, "nobody") == fail(client, 6)
    assert fail(client, 1, "nobody") == [429]


def test_the_admins_sign_in_waits_as_well(client: Client, member: User) -> None:
    fail(client, 5)
    said = {"username": "member", "password": "secret"}
    assert client.post(reverse("admin:login"), said, REMOTE_ADDR=HOME).status_code == 429


def test_what_was_typed_is_not_kept(client: Client, member: User) -> None:
    sign_in(client, "nearly my password")
    assert "nearly" not in AccessAttempt.objects.get().post_data


def test_a_page_without_sign_in_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for address in (reverse("doc-list"), reverse("login")):
        with django_assert_num_queries(0):
            client.get(address)


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "198.51.100.7", HOME),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "198.51.100.7", HOME),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "nonsense", HOME),
        (1, "", HOME),
    ],
)
def test_as_much_of_a_proxys_header_is_trusted_as_there_are_proxies(
    settings: Settings, proxies: int, told: str, address: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=HOME, HTTP_X_FORWARDED_FOR=told)
    assert client_address(request) == address


def test_asking_for_a_link_looks_the_same_whether_there_is_an_account_or_not(
    client: Client, member: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def ask(address: str) -> str:
        page = client.post(reverse("password-reset"), {"email": address}, follow=True)
        return re.sub(r'value="\w+"', "", page.text)

    assert ask(member.email) == ask("nobody@bisectweb.invalid")
    assert OrmQ.objects.count() == 2
    assert not mail.outbox


def test_an_account_gets_few_links_however_its_address_is_spelled(member: User) -> None:
    for address in (member.email, member.email.upper(), "\uff4dember@bisectweb.invalid") * 2:
        mail_link(address)
    assert len(mail.outbox) == 3
    User.objects.create_user("other", "other@bisectweb.invalid", "secret")
    mail_link("other@bisectweb.invalid")
    assert len(mail.outbox) == 4


def test_whoever_asks_for_many_links_waits(client: Client) -> None:
    def ask(number: int, address: str = HOME) -> int:
        said = {"email": f"{number}@bisectweb.invalid"}
        return client.post(reverse("password-reset"), said, REMOTE_ADDR=address).status_code

    assert [ask(number) for number in range(22)] == [302] * 20 + [429] * 2
    assert OrmQ.objects.count() == 20
    assert ask(23, "192.0.2.2") == 302


def test_who_has_a_whole_network_of_ipv6_is_one(client: Client, member: User) -> None:
    said = {"username": "member", "password": "wrong"}
    tried = [
        client.post(reverse("login"), said, REMOTE_ADDR=f"2001:db8::{number}").status_code
        for number in range(1, 7)
    ]
    assert tried == [200, 200, 200, 200, 429, 429]


def test_the_link_of_the_mail_sets_the_password_once(client: Client, member: User) -> None:
    mail_link("nobody@bisectweb.invalid")
    assert not mail.outbox
    mail_link("Member@bisectweb.invalid")
    [sent] = mail.outbox
    assert sent.to == [member.email]
    [link] = re.findall(r"^http://localhost:8000(/password/\S+)$", str(sent.body), re.MULTILINE)
    form = client.get(link, follow=True)
    [(address, _)] = form.redirect_chain
    weak = client.post(address, {"new_password1": "12345", "new_password2": "12345"})
    assert "too short" in weak.text
    done = client.post(address, {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your password is set" in done.text
    assert sign_in(client, NEW) == 302
    assert "This link does not work" in Client().get(link).text


def test_a_password_is_changed_by_who_knows_the_old_one(member_client: Client) -> None:
    address = reverse("password-change")
    said = {"new_password1": NEW, "new_password2": NEW}
    assert "incorrectly" in member_client.post(address, {"old_password": "no", **said}).text
    done = member_client.post(address, {"old_password": "secret", **said}, follow=True)
    assert "Your password is changed" in done.text
    assert sign_in(Client(), NEW) == 302


def test_cookies_are_for_this_site_alone(client: Client, member: User) -> None:
    sign_in(client, "secret")
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
