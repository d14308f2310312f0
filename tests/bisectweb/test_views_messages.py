"""The outbox on the pages: for staff, as it will leave, decided once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from bisectweb.models import Event, Message, OptOut, Stop, as_rows
from bisectweb.outbound import emails, outbox
from bisectweb.outbound.mailbox import mail_file
from runner.values import Header, Recipient
from tests.factories import create_bug, create_message, create_tree, people

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


def test_those_that_await_approval_can_be_read_alone(admin_client: Client) -> None:
    only = f"{reverse('message-list')}?state=awaiting"
    create_message(state=Message.State.SENT, subject="long gone")
    assert "No mail awaits approval" in admin_client.get(only).text
    create_message(subject="to be read")
    html = admin_client.get(only).text
    assert "to be read" in html
    assert "long gone" not in html


def test_every_page_says_to_keepers_how_many_mails_await_approval(
    client: Client, member: User, admin_client: Client
) -> None:
    sign = '99+<span class="unseen"> await approval</span>'
    mine, other = create_bug(tree=create_tree(maintainers=member.email)), create_bug()
    create_message(bug=mine)
    create_message(bug=mine, state=Message.State.SENT)
    for _ in range(99):
        create_message(bug=other)
    assert sign in admin_client.get(reverse("tree-list")).text
    assert "await approval" not in client.get(reverse("tree-list")).text
    client.force_login(member)
    assert sign.replace("99+", "1") in client.get(reverse("tree-list")).text
    Message.objects.filter(bug=mine).delete()
    assert "await approval" not in client.get(reverse("tree-list")).text


def test_the_list_costs_the_same_queries_however_long_it_is(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        create_message()
    with django_assert_max_num_queries(6):
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
    "name",
    ["message-approve", "message-cancel", "message-again", "message-arrived", "message-people"],
)
def test_a_decision_is_made_by_post_and_by_whoever_keeps_the_tree(
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
    assert "has changed since you saw it" in admin_client.post(address, follow=True).text
    response = admin_client.post(address, {"seen": emails.seen(mail)}, follow=True)
    assert "Approved." in response.text
    assert "Approve and send" not in response.text
    mail.refresh_from_db()
    assert (mail.state, mail.decided_by) == (Message.State.APPROVED, admin_user)
    assert "decided on before" in admin_client.post(address, follow=True).text


def test_staff_cancel_a_mail_with_a_reason(admin_client: Client) -> None:
    mail = create_message()
    address = reverse("message-cancel", args=[mail.pk])
    assert "say why" in admin_client.post(address, follow=True).text
    mail.refresh_from_db()
    assert mail.state == Message.State.AWAITING_APPROVAL
    html = admin_client.post(address, {"reason": "wrong <list>"}, follow=True).text
    assert "Cancelled: wrong &lt;list&gt;" in html
    mail.refresh_from_db()
    assert mail.state == Message.State.CANCELLED
    assert "decided on before" in admin_client.post(address, {"reason": "x"}, follow=True).text


def test_a_mail_that_changed_meanwhile_is_not_approved(
    admin_client: Client, admin_user: User
) -> None:
    mail = create_message()
    seen = emails.seen(mail)
    outbox.readdress(mail, [], admin_user, "nobody")
    outbox.readdress(mail, mail.recipients[:1], admin_user, "only one")
    address = reverse("message-approve", args=[mail.pk])
    answer = admin_client.post(address, {"seen": seen}, follow=True)
    assert "Read it again" in answer.text
    mail.refresh_from_db()
    assert mail.state == Message.State.AWAITING_APPROVAL
    assert emails.seen(mail) in answer.text


def test_staff_change_whom_a_mail_goes_to(admin_client: Client, admin_user: User) -> None:
    mail = create_message(people=people(["a@x.invalid", "b@x.invalid"], ["l@x.invalid"]))
    address = reverse("message-people", args=[mail.pk])
    said = {"a@x.invalid": "cc", "b@x.invalid": "none", "l@x.invalid": "cc", "header": "to"}
    assert "Nothing was changed" in admin_client.post(address, said, follow=True).text
    wrong = said | {"reason": "x", "address": "no address"}
    page = admin_client.post(address, wrong)
    assert page.status_code == 422
    assert "valid email" in page.text
    assert 'value="no address"' in page.text
    OptOut.objects.create(address="never@x.invalid", bug=mail.bug)
    wrong["address"] = "Never@x.invalid"
    assert "asked for no mail" in admin_client.post(address, wrong, follow=True).text
    said |= {"reason": "he asked", "address": "n@x.invalid", "name": "N\nBcc: v@x.invalid"}
    admin_client.post(address, said)
    mail.refresh_from_db()
    assert (mail.to, mail.cc) == (["n@x.invalid"], ["a@x.invalid", "l@x.invalid"])
    reasons = [one.reason for one in mail.recipients]
    assert reasons == ["author of the culprit", "list of KVM", "added by admin: he asked"]
    event = Event.objects.get()
    assert event.actor == admin_user
    assert "without b@x.invalid, a@x.invalid in Cc, n@x.invalid in To" in event.text
    assert event.text.endswith(": he asked")


def test_a_mail_to_nobody_is_a_draft_until_somebody_is_named(admin_client: Client) -> None:
    mail = create_message(people=people([], ["l@x.invalid"]))
    address = reverse("message-people", args=[mail.pk])
    said = {"reason": "x", "header": "to"}
    admin_client.post(address, said | {"l@x.invalid": "none"})
    mail.refresh_from_db()
    assert mail.state == Message.State.DRAFTED
    assert "Nobody is named" in admin_client.get(mail.get_absolute_url()).text
    admin_client.post(address, said | {"address": "n@x.invalid"})
    mail.refresh_from_db()
    assert mail.state == Message.State.AWAITING_APPROVAL


def test_the_raw_mail_is_what_leaves(admin_client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "bisectweb.outbound.mailbox.FolderBackend"
    mail = create_message(subject="Größe", body="Grüße\nFrom here\n")
    outbox.approve(mail, None)
    outbox.send(mail.pk)
    raw = admin_client.get(reverse("message-raw", args=[mail.pk]))
    assert raw["Content-Type"] == "text/plain; charset=utf-8"
    assert raw.content == mail_file(mail.message_id).read_bytes()


def test_staff_stop_all_mail_and_lift_the_stop(
    admin_client: Client, member_client: Client, admin_user: User
) -> None:
    mail = create_message(state=Message.State.APPROVED)
    stop, resume = reverse("message-stop"), reverse("message-resume")
    for address in (stop, resume):
        assert member_client.post(address, {"reason": "x"}).status_code == 403
    assert "say why" in admin_client.post(stop, follow=True).text
    assert "a <loop>".replace("<", "&lt;").replace(">", "&gt;") in (
        admin_client.post(stop, {"reason": "a <loop>"}, follow=True).text
    )
    assert "stopped before" in admin_client.post(stop, {"reason": "x"}, follow=True).text
    assert "All mail is stopped" in admin_client.get(mail.get_absolute_url()).text
    outbox.send(mail.pk)
    mail.refresh_from_db()
    assert mail.state == Message.State.APPROVED
    admin_client.post(resume)
    assert "No stop" in admin_client.post(resume, follow=True).text
    assert "Lift the stop" not in admin_client.get(reverse("message-list")).text
    row = Stop.objects.get()
    assert (row.by, row.lifted_by) == (admin_user, admin_user)
    outbox.send(mail.pk)
    mail.refresh_from_db()
    assert mail.state == Message.State.SENT


LEVERS = {
    "drafted": {"cancel", "people"},
    "awaiting": {"approve", "cancel", "people"},
    "approved": {"cancel"},
    "unknown": {"arrived", "again"},
    "failed": {"again"},
}


@pytest.mark.parametrize("state", Message.State)
def test_a_mail_has_the_levers_of_its_state(admin_client: Client, state: str) -> None:
    mail = create_message(state=state, error="451 later", begun=timezone.now())
    html = admin_client.get(mail.get_absolute_url()).text
    shown = {
        name for name in ("approve", "cancel", "arrived", "again", "people") if f'/{name}"' in html
    }
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
