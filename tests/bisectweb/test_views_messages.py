"""The outbox on the pages: for staff, as it will leave, decided once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Message, as_rows
from runner.values import Header, Recipient
from tests.factories import create_message, people

pytestmark = pytest.mark.django_db


def test_mails_are_for_staff(client: Client, member_client: Client, admin_client: Client) -> None:
    mail = create_message()
    for address in (reverse("message-list"), mail.get_absolute_url()):
        assert client.get(address)["Location"].startswith(reverse("login"))
        assert member_client.get(address).status_code == 403
        assert mail.subject in admin_client.get(address).text


def test_an_empty_outbox_says_how_mails_come_to_be(admin_client: Client) -> None:
    html = admin_client.get(reverse("message-list")).text
    assert "No mail has been drafted yet" in html


def test_the_list_costs_the_same_queries_however_long_it_is(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        create_message()
    with django_assert_max_num_queries(5):
        admin_client.get(reverse("message-list"))


def test_a_mail_is_shown_as_it_will_leave(admin_client: Client) -> None:
    mail = create_message(
        subject="[bisectweb] KASAN <é>",
        body="Hello,\n\n<b>the commit</b>\n",
        people=people(["one@kernel.invalid", "two@kernel.invalid"]),
        in_reply_to="<thread@lists.invalid>",
    )
    html = admin_client.get(mail.get_absolute_url()).text
    for text in (
        "<strong>Subject:</strong> [bisectweb] KASAN &lt;é&gt;",
        "<strong>To:</strong> one@kernel.invalid, two@kernel.invalid",
        "<strong>Cc:</strong> kvm@lists.invalid",
        "<strong>In-Reply-To:</strong> &lt;thread@lists.invalid&gt;",
        "<strong>Auto-Submitted:</strong> auto-generated",
        "&lt;b&gt;the commit&lt;/b&gt;",
    ):
        assert text in html


def test_the_page_says_who_gets_a_mail_and_why(admin_client: Client) -> None:
    hostile = Recipient("a@x.invalid", "<b>J\u00f6rg\u202e", Header.TO, "maintainer of <NET>")
    nameless = Recipient("l@x.invalid", "", Header.CC, "")
    mail = create_message(people=as_rows([hostile, nameless]))
    html = admin_client.get(mail.get_absolute_url()).text
    assert (
        "<li><bdi>&lt;b&gt;J\u00f6rg\\u202e &lt;a@x.invalid&gt;</bdi> "
        '<span class="muted">maintainer of &lt;NET&gt;</span></li>'
    ) in html
    assert "<li><bdi>l@x.invalid</bdi></li>" in html


@pytest.mark.parametrize(
    "name", ["message-approve", "message-cancel", "message-again", "message-arrived"]
)
def test_a_decision_is_made_by_post_and_by_staff_only(
    client: Client, member_client: Client, admin_client: Client, name: str
) -> None:
    mail = create_message()
    address = reverse(name, args=[mail.pk])
    assert admin_client.get(address).status_code == 405
    assert client.post(address)["Location"].startswith(reverse("login"))
    assert member_client.post(address, {"reason": "no"}).status_code == 403
    mail.refresh_from_db()
    assert mail.state == Message.State.AWAITING_APPROVAL


def test_staff_approve_a_mail_once(admin_client: Client, admin_user: User) -> None:
    mail = create_message()
    address = reverse("message-approve", args=[mail.pk])
    response = admin_client.post(address, follow=True)
    assert "Approved." in response.text
    assert "Approve and send" not in response.text
    mail.refresh_from_db()
    assert (mail.state, mail.decided_by) == (Message.State.APPROVED, admin_user)
    assert "decided on before" in admin_client.post(address, follow=True).text


def test_staff_cancel_a_mail_with_a_reason(admin_client: Client) -> None:
    mail = create_message()
    address = reverse("message-cancel", args=[mail.pk])
    assert "Say why" in admin_client.post(address, follow=True).text
    mail.refresh_from_db()
    assert mail.state == Message.State.AWAITING_APPROVAL
    html = admin_client.post(address, {"reason": "wrong <list>"}, follow=True).text
    assert "Cancelled: wrong &lt;list&gt;" in html
    mail.refresh_from_db()
    assert mail.state == Message.State.CANCELLED
    assert "decided on before" in admin_client.post(address, {"reason": "x"}, follow=True).text


LEVERS = {
    "drafted": {"cancel"},
    "awaiting": {"approve", "cancel"},
    "approved": {"cancel"},
    "unknown": {"arrived", "again"},
    "failed": {"again"},
}


@pytest.mark.parametrize("state", Message.State)
def test_a_mail_has_the_levers_of_its_state(admin_client: Client, state: str) -> None:
    mail = create_message(state=state, error="451 later", begun=timezone.now())
    html = admin_client.get(mail.get_absolute_url()).text
    shown = {name for name in ("approve", "cancel", "arrived", "again") if f'/{name}"' in html}
    assert shown == LEVERS.get(state, set())
    assert "451 later" in html


@pytest.mark.parametrize(
    ("lever", "state"), [("arrived", Message.State.SENT), ("again", Message.State.APPROVED)]
)
def test_staff_settle_a_mail_of_which_nobody_knows(
    admin_client: Client, lever: str, state: str
) -> None:
    mail = create_message(state=Message.State.UNKNOWN, begun=timezone.now())
    address = reverse(f"message-{lever}", args=[mail.pk])
    admin_client.post(address)
    mail.refresh_from_db()
    assert mail.state == state
    assert "decided on before" in admin_client.post(address, follow=True).text
