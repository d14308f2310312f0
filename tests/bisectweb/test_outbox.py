"""Mails leave once, after approval, and as they were shown."""

from __future__ import annotations

import email
from datetime import timedelta
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

from bisectweb.models import Event, Message, Score, Stop, as_rows
from bisectweb.outbound import emails, outbox
from bisectweb.outbound.mailbox import FolderBackend, mail_file
from runner.values import Header, Recipient
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
    people,
)

pytestmark = pytest.mark.django_db

State = Message.State


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Mails go to files, as they do by default."""
    settings.EMAIL_BACKEND = "bisectweb.outbound.mailbox.FolderBackend"
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
    assert message.bug
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


CHECKED = [{"name": "merge", "result": "passed", "words": "it is not a merge"}]
FAILED = [{"name": "parent", "result": "failed", "words": "its parent crashed"}]
POLICY: list[tuple[dict[str, object], dict[str, object], str, list[str]]] = [
    ({}, {}, "trust", []),
    ({"auto_approve": False}, {}, "trust", ["the tree wants each mail to be read"]),
    ({"auto_confidence": 0.99}, {}, "trust", ["the confidence is too low"]),
    ({}, {"confidence": 0.94}, "trust", ["the confidence is too low"]),
    ({}, {"confidence": None}, "trust", ["the confidence is too low"]),
    ({}, {"is_merge": True}, "trust", ["the result is flagged"]),
    ({}, {"checks": []}, "trust", ["not everything could be checked"]),
    (
        {},
        {"checks": FAILED},
        "trust",
        ["the result is flagged", "not everything could be checked"],
    ),
    ({}, {}, "doubt", ["the log's score does not say trust"]),
    ({}, {}, "", ["the log's score does not say trust"]),
]


@pytest.mark.parametrize(("of_tree", "of_culprit", "verdict", "doubts"), POLICY)
def test_a_mail_leaves_unread_only_when_nothing_is_doubtful(
    of_tree: dict[str, object], of_culprit: dict[str, object], verdict: str, doubts: list[str]
) -> None:
    tree = create_tree(**{"auto_approve": True} | of_tree)
    bisection = create_bisection(crash=create_crash(bug=create_bug(tree=tree)))
    fields = {"bisection": bisection, "confidence": 0.98, "checks": CHECKED} | of_culprit
    culprit = create_culprit(**fields)
    if verdict:
        Score.objects.create(bisection=bisection, verdict=verdict)
    assert outbox.doubts(culprit) == doubts


def test_no_tree_lets_mails_leave_unread_by_itself() -> None:
    assert not create_tree().auto_approve


def leave(message: Message) -> Message:
    outbox.approve(message, None)
    outbox.send(message.pk)
    message.refresh_from_db()
    return message


LIMITS = [
    ({"MAILS_PER_HOUR": 2}, 20, "in all"),
    ({"MAILS_PER_RECIPIENT": 2}, 20, "to l@x.invalid"),
    ({}, 2, "about linux"),
]


@pytest.mark.parametrize(("limits", "of_tree", "words"), LIMITS)
def test_what_is_over_a_limit_waits_for_its_hour(
    settings: Settings, limits: dict[str, int], of_tree: int, words: str
) -> None:
    for name, most in limits.items():
        setattr(settings, name, most)
    bug = create_bug(tree=create_tree(name="linux", mails_per_hour=of_tree))
    first, second, third = [
        create_message(bug=bug, people=people([f"{n}@x.invalid"], ["l@x.invalid"])) for n in "abc"
    ]
    left = leave(first).claimed
    assert left is not None
    assert leave(second).state == State.SENT
    assert leave(third).state == State.APPROVED
    assert third.not_before == left + timedelta(hours=1)
    assert third.error == f"the limit of 2 mails an hour {words}"
    assert third.attempts == 0
    Message.objects.filter(pk=first.pk).update(claimed=left - timedelta(hours=1))
    Message.objects.filter(pk=third.pk).update(not_before=None)
    outbox.send(third.pk)
    assert state(third) == State.SENT


def test_another_trees_mails_do_not_count(settings: Settings) -> None:
    settings.MAILS_PER_RECIPIENT = 0
    trees = [create_tree(mails_per_hour=1) for _ in range(2)]
    mails = [create_message(bug=create_bug(tree=tree)) for tree in trees]
    assert [leave(message).state for message in mails] == [State.SENT, State.SENT]


class Stopping(FolderBackend):
    """Somebody pulls the emergency stop when the mail is about to leave."""

    def __init__(self, **options: object) -> None:
        Stop.objects.create(reason="now")
        super().__init__()


def test_a_stop_keeps_back_what_was_claimed_before_it(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Stopping"
    message = leave(create_message())
    assert (message.state, message.begun) == (State.APPROVED, None)
    outbox.sweep()
    assert not settings.MAIL_FOLDER.exists()


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
