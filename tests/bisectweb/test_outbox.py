"""Mails leave once, after approval, and as they were shown."""

from __future__ import annotations

import email
from email.policy import default
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from bisectweb import emails, outbox
from bisectweb.mailbox import mail_file
from bisectweb.models import Event, Message, as_rows
from runner.values import Header, Recipient
from tests.factories import create_message, people

pytestmark = pytest.mark.django_db

State = Message.State


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Mails go to files, as they do by default."""
    settings.EMAIL_BACKEND = "bisectweb.mailbox.FolderBackend"
    return Path(settings.MAIL_FOLDER)


def state(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_nothing_leaves_before_somebody_approved_it() -> None:
    message = create_message()
    outbox.send(message.pk)
    assert not mail.outbox
    assert state(message) == State.AWAITING_APPROVAL


def test_an_approved_mail_leaves_once_however_often_it_is_woken(admin_user: User) -> None:
    message = create_message()
    assert outbox.approve(message, admin_user)
    assert not outbox.approve(message, admin_user)
    assert OrmQ.objects.count() == 1
    for _ in range(3):
        outbox.send(message.pk)
    assert len(mail.outbox) == 1
    assert state(message) == State.SENT


def test_a_cancelled_mail_never_leaves(admin_user: User) -> None:
    message = create_message()
    assert outbox.cancel(message, admin_user, "wrong commit")
    assert not outbox.approve(message, admin_user)
    outbox.send(message.pk)
    assert not mail.outbox
    assert Message.objects.get().reason == "wrong commit"


class Dying(BaseEmailBackend):
    """Killed when nobody can know whether the other end has the mail."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:  # type: ignore[override]
        mail.outbox.extend(email_messages)
        raise KeyboardInterrupt


def test_a_sender_killed_in_the_middle_leaves_the_question_to_a_person(
    settings: Settings, admin_user: User
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Dying"
    message = create_message()
    outbox.approve(message, admin_user)
    with pytest.raises(KeyboardInterrupt):
        outbox.send(message.pk)
    for _ in range(3):
        outbox.send(message.pk)
        outbox.sweep()
    assert state(message) == State.SENDING
    Message.objects.update(claimed=timezone.now() - outbox.SILENCE * 2)
    for _ in range(3):
        outbox.sweep()
        outbox.send(message.pk)
    assert len(mail.outbox) == 1
    assert state(message) == State.UNKNOWN


def test_a_person_says_that_a_mail_arrived(admin_user: User) -> None:
    message = create_message(state=State.UNKNOWN, begun=timezone.now(), error="it died")
    assert outbox.arrived(message, admin_user)
    assert not outbox.arrived(message, admin_user)
    assert not outbox.send_again(message, admin_user)
    message.refresh_from_db()
    assert (message.state, message.sent) == (State.SENT, message.begun)
    assert "says that the mail arrived" in Event.objects.get().text


@pytest.mark.parametrize("over", [State.UNKNOWN, State.FAILED])
def test_a_person_lets_a_mail_be_sent_again(admin_user: User, over: str) -> None:
    message = create_message(state=over, attempts=20, error="it died")
    assert outbox.send_again(message, admin_user)
    assert not outbox.send_again(message, admin_user)
    outbox.send(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == (State.SENT, 1, "")
    assert Event.objects.get().actor == admin_user


def test_a_folder_that_cannot_be_written_is_tried_again(folder: Path, admin_user: User) -> None:
    folder.write_text("a file is in the way")
    message = create_message()
    outbox.approve(message, admin_user)
    outbox.send(message.pk)
    assert state(message) == State.APPROVED
    folder.unlink()
    Message.objects.update(not_before=None)
    outbox.send(message.pk)
    assert state(message) == State.SENT


def test_the_file_of_a_sent_mail_is_what_any_mail_program_reads(
    folder: Path, admin_user: User
) -> None:
    message = create_message(
        body="Grüße\n", subject="[bisectweb] WARNING in x", people=people(cc=["l@x.invalid"])
    )
    outbox.approve(message, admin_user)
    outbox.send(message.pk)
    path = mail_file(message.message_id)
    assert path.parent == folder
    read = email.message_from_bytes(path.read_bytes(), policy=default)
    assert read["Message-ID"] == message.message_id
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Reply-To"] == message.bug.address
    assert read["List-Id"] == f"bisectweb <bisectweb.{message.bug.address.partition('@')[2]}>"
    assert (read["To"], read["Cc"]) == (", ".join(message.to), "l@x.invalid")
    assert read.get_content_type() == "text/plain"
    assert read.get_content() == "Grüße\n"


def test_a_mail_names_its_people_and_says_why_each_gets_it(folder: Path, admin_user: User) -> None:
    told = [
        Recipient("a@x.invalid", "Jörg, A.", Header.TO, "maintainer of NET (IPv6)"),
        Recipient("l@x.invalid", "", Header.CC, "list of NET"),
        Recipient("old@x.invalid", "", Header.CC, ""),
    ]
    message = create_message(people=as_rows(told))
    outbox.approve(message, admin_user)
    outbox.send(message.pk)
    raw = mail_file(message.message_id).read_bytes()
    read = email.message_from_bytes(raw, policy=default)
    [first] = read["To"].addresses
    assert (first.display_name, first.addr_spec) == ("Jörg, A.", "a@x.invalid")
    assert read["Cc"] == "l@x.invalid, old@x.invalid"
    reasons = "a@x.invalid (maintainer of NET (IPv6)), l@x.invalid (list of NET)"
    assert read["X-Bisectweb-Reason"] == reasons
    assert max(map(len, raw.splitlines())) < 100


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a\nBcc: victim@x.invalid", "a Bcc: victim@x.invalid"),
        ("a\r\n\r\nbody", "a body"),
        ("a\x1b[31m\x00b", "a [31m b"),
        ("  a\u2028b ", "a b"),
    ],
)
def test_a_subject_is_one_harmless_line(hostile: str, harmless: str) -> None:
    assert emails.one_line(hostile) == harmless


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "over 99.9 %"),
        (0.9994, "over 99.9 %"),
        (0.9989, "99.8 %"),
        (0.5, "50 %"),
        (3e-4, "below 0.1 %"),
        (0.0, "0 %"),
    ],
)
def test_a_probability_is_never_rounded_up_to_certainty(confidence: float, words: str) -> None:
    assert emails.percent(confidence) == words


def test_a_message_id_is_never_a_path(settings: Settings) -> None:
    path = mail_file("<../../etc/passwd@x>")
    assert path.parent == settings.MAIL_FOLDER
