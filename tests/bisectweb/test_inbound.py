"""Mails come in once, are about the right bug, and no program is answered."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.core import mail as sent_mails
from pytest_django import Settings

from bisectweb.inbound import receive
from bisectweb.inbound.answers import MOST
from bisectweb.models import Answer, Bisection, Bounce, Bug, Message, Received
from bisectweb.outbound import outbox
from bisectweb.outbound.unwanted import suspended, unwanted
from runner.errors import InfraError
from tests.bisectweb.posting import (
    SENDER,
    answers,
    ask,
    events,
    letter,
    maintained_bug,
    now,
    post,
)
from tests.bisectweb.signing import signed
from tests.factories import create_bug, create_crash, create_message, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("known_keys")]
State = Received.State


@pytest.fixture
def bug() -> Bug:
    return maintained_bug()


# Which bug, and how often.


def test_the_bug_is_found_by_address_thread_or_subject(bug: Bug) -> None:
    ours = create_message(bug=bug, subject="[bisectweb] something else", state=Message.State.SENT)
    headers = [
        {"To": f"list@x.invalid, <{bug.address}>"},
        {"To": "l@x.invalid", "Cc": bug.address},
        {"To": "l@x.invalid", "Delivered_To": bug.address},
        {"To": "l@x.invalid", "In_Reply_To": ours.message_id, "Subject": "Re: other"},
        {"To": "l@x.invalid", "References": f"{ours.message_id} <z@y>", "Subject": "Re: other"},
        {"To": "l@x.invalid", "Subject": f"RE: [tag] [PATCH] {bug.title} (2)"},
    ]
    for number, extra in enumerate(headers, 1):
        row = ask(bug, "#bisect set prio: low\n", number=number, **extra)
        assert (row.bug, row.state) == (bug, State.DONE), extra


def test_a_title_that_two_bugs_have_finds_none(bug: Bug) -> None:
    create_bug(tree=bug.tree)
    row = ask(bug, "#bisect invalid\n", To="list@x.invalid")
    assert (row.bug, row.state) == (None, State.NO_BUG)


def test_a_signed_mail_is_not_turned_against_another_bug(bug: Bug) -> None:
    """Somebody resends what a maintainer wrote about something else."""
    raw = letter(bug, "#syz invalid\n", To="another@service.invalid", Subject="Re: WARNING in z")
    to_us = signed(raw, headers=["from", "subject", "date", "message-id"]).replace(
        b"another@service.invalid", bug.address.encode()
    )
    assert post(to_us).state == State.UNPROVEN
    delivered = f"Delivered-To: {bug.address}\n".encode()
    raw = letter(bug, "#syz invalid\n", number=2, To="x@y.invalid", Subject="Re: WARNING in z")
    assert post(delivered + signed(raw)).state == State.UNPROVEN
    assert now(bug).state == Bug.State.OPEN


def test_copies_of_one_mail_are_one(bug: Bug) -> None:
    create_crash(bug=bug)
    raw = signed(letter(bug, "#bisect rebisect\n#bisect nonsense\n"))
    first = post(raw)
    copy = b"List-Id: <l.x.invalid>\nPrecedence: bulk\nX-Mailing-List: l\n" + raw
    assert [post(raw), post(copy)] == [first, first]
    assert (Received.objects.count(), Bisection.objects.count(), len(answers())) == (1, 1, 1)


def test_a_copy_that_a_list_changed_does_not_hide_the_one_that_is_signed(bug: Bug) -> None:
    raw = signed(letter(bug, "#bisect invalid\n"))
    assert post(raw + b"-- \nthe list's footer\n").state == State.UNPROVEN
    assert post(raw).state == State.DONE
    assert now(bug).state == Bug.State.INVALID
    assert post(raw + b"-- \nthe list's footer\n").state == State.DONE
    assert Received.objects.count() == 1


def test_a_mail_without_a_message_id_is_received_once(bug: Bug) -> None:
    raw = letter(bug, "hello\n", Message_ID="")
    assert post(raw) == post(raw)
    assert Received.objects.get().message_id.startswith("sha256:")


# What is never answered.


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: junk", "X-Autoreply: yes", "Return-Path: <>"],
)
def test_what_a_program_sent_is_recorded_and_never_answered(bug: Bug, header: str) -> None:
    row = post(header.encode() + b"\n" + letter(bug, "#bisect uncc\n#bisect nonsense\n"))
    assert (row.state, row.said) == (State.IGNORED, "a program sent it")
    assert not answers()
    assert not unwanted(bug)


def test_our_own_mails_come_back_and_nothing_happens(bug: Bug, settings: Settings) -> None:
    ask(bug, "#bisect nonsense\n")
    outbox.send(answers()[0].pk)
    [ours] = sent_mails.outbox
    assert post(ours.message().as_bytes()).state == State.IGNORED
    raw = letter(bug, "#bisect invalid\n", number=2, From=settings.MAIL_FROM)
    assert post(raw).said == "we sent it ourselves"
    assert len(answers()) == 1


def test_an_answer_quotes_what_was_wrong_and_says_that_a_program_wrote_it(bug: Bug) -> None:
    ask(bug, "#bisect fix:\n\n#bisect set prio: low\n", Subject="Re: [bisectweb] a Grüße")
    [answer] = answers()
    assert answer.state == Message.State.APPROVED
    assert "> #bisect fix:\n\n    please write #bisect fix: title of the commit\n" in answer.body
    assert "This was done:\n\n    set: prio: low: prio: low\n" in answer.body
    assert not any(line.startswith("#") for line in answer.body.splitlines())
    outbox.send(answer.pk)
    [left] = sent_mails.outbox
    read = message_from_bytes(left.message().as_bytes())
    assert read["Auto-Submitted"] == "auto-replied"
    assert (read["In-Reply-To"], read["To"]) == ("<1@body.invalid>", SENDER)


def test_one_person_gets_so_many_answers_a_day(bug: Bug) -> None:
    for number in range(MOST + 3):
        ask(bug, "#bisect nonsense\n", number=number)
    assert Answer.objects.count() == len(answers()) == MOST


def test_what_asks_for_nothing_is_only_recorded(bug: Bug) -> None:
    row = post(letter(bug, "> #bisect invalid\nI do not think so.\n"))
    assert (row.state, row.bug, row.subject) == (
        State.IGNORED,
        bug,
        f"Re: [bisectweb] {bug.title}",
    )
    assert not events(bug)


# Bounces.


def report(
    message: Message, address: str, *, status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """What a mail server says of a mail that it could not deliver."""
    returned = EmailMessage()
    returned["Message-ID"] = message.message_id
    assert message.bug
    returned.set_content("as it was")
    made = f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.invalid>
To: {message.bug.address}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{message.pk}-{address}-{status}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

#bisect invalid

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.invalid

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: message/rfc822

"""
    return made.encode() + returned.as_bytes() + b"\n--b--\n"


def test_an_address_that_several_mails_did_not_reach_is_suspended(bug: Bug) -> None:
    sent = [
        create_message(bug=bug, state=Message.State.SENT, people=people(to=["Gone@x.invalid"]))
        for _ in range(Bounce.MOST)
    ]
    draft = create_message(people=people(to=["gone@x.invalid"]))
    for message in [sent[0], *sent[:-1]]:
        row = post(report(message, "gone@x.invalid"))
        assert row.said == "gone@x.invalid could not be reached (5.1.1)"
        assert not suspended()
    post(report(sent[-1], "gone@x.invalid"))
    assert suspended() == {"gone@x.invalid"}
    assert "gone@x.invalid" in unwanted(create_bug())
    assert Message.objects.get(pk=draft.pk).to == []
    assert not answers()


def test_a_report_counts_only_if_a_mail_of_ours_went_there_and_failed_for_good(bug: Bug) -> None:
    sent = create_message(bug=bug, state=Message.State.SENT, people=people(to=["a@x.invalid"]))
    waiting = create_message(bug=bug, people=people(to=["a@x.invalid"]))
    for raw in (
        report(sent, "victim@x.invalid"),
        report(waiting, "a@x.invalid"),
        report(sent, "a@x.invalid", status="4.2.2", action="delayed"),
        report(sent, "a@x.invalid", status="2.0.0", action="delivered"),
        report(sent, "a@x.invalid").replace(b"delivery-status", b"feedback-report"),
    ):
        assert post(raw).state == State.IGNORED
    assert not Bounce.objects.exists()


# Handing over.


def test_trouble_of_ours_records_nothing_so_that_the_mail_comes_again(
    bug: Bug, settings: Settings
) -> None:
    raw = signed(letter(bug, "#bisect invalid\n"))
    where = settings.DKIM_KEYS
    settings.DKIM_KEYS = where.with_name("gone")
    with pytest.raises(InfraError):
        receive(BytesIO(raw))
    assert not Received.objects.exists()
    settings.DKIM_KEYS = where
    assert post(raw).state == State.DONE
