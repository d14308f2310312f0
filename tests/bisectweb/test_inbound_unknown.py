"""Who writes about no bug, or about one that they may not hear of, is told the same, and seldom."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from bisectweb.models import Bug, Message, Received, Tree
from bisectweb.outbound import emails, outbox
from tests.bisectweb.posting import SENDER, answers, ask, letter, maintained_bug, now, post
from tests.bisectweb.signing import signed
from tests.factories import create_bug, create_tree

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("known_keys")]
State = Received.State
STRANGER = "stranger@body.invalid"
US = "bisectweb@service.invalid"


@pytest.fixture(autouse=True)
def ourselves(settings: Settings) -> None:
    settings.MAIL_FROM, settings.MAIL_DOMAIN = f"bisectweb <{US}>", "service.invalid"


@pytest.fixture
def bug() -> Bug:
    return maintained_bug()


@pytest.fixture
def secret() -> Bug:
    tree = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    return create_bug(tree=tree, title="KASAN: bad read in secret")


def said(mail: Message) -> tuple[object, ...]:
    """All of a mail that its reader sees, but for its number."""
    subject = mail.subject.replace("secret", "nothing")
    headers = emails.outgoing(mail).message()
    names = sorted(name for name in headers)
    return subject, mail.body, mail.to, mail.cc, names, len(mail.message_id)


@pytest.mark.parametrize("command", ["invalid", "uncc", "nonsense", "test"])
def test_a_private_bug_and_none_at_all_are_answered_alike(
    bug: Bug, secret: Bug, command: str
) -> None:
    rows = [
        ask(bug, f"#bisect {command}\n", number=number, To=US, Subject=subject, From=sender)
        for number, (subject, sender) in enumerate(
            [
                ("KASAN: bad read in secret", STRANGER),
                ("KASAN: bad read in nothing", STRANGER.replace("stranger", "foreigner")),
            ]
        )
    ]
    assert [row.bug for row in rows] == [secret, None]
    one, other = answers()
    assert (one.bug, other.bug) == (None, None)
    assert one.to == [STRANGER]
    assert said(one)[:2] == said(other)[:2]
    assert said(one)[3:] == said(other)[3:]
    assert now(secret).state == Bug.State.OPEN


def test_a_person_is_told_once_a_day_whichever_it_was(bug: Bug, secret: Bug) -> None:
    for number, subject in enumerate(["nothing", secret.title, "nothing again"]):
        ask(bug, "#bisect invalid\n", number=number, To=US, Subject=subject, From=STRANGER)
    assert len(answers()) == 1


def test_the_address_of_a_bug_that_is_gone_is_answered(bug: Bug) -> None:
    ask(bug, "#bisect invalid\n", To="bug+0123456789@service.invalid", Subject="x", From=STRANGER)
    [told] = answers()
    outbox.send(told.pk)
    told.refresh_from_db()
    assert told.state == Message.State.SENT


@pytest.mark.parametrize(
    "headers",
    [
        {"To": "syzbot@bots.invalid", "Cc": "lkml@lists.invalid"},
        {"To": US, "List_Id": "<l.lists.invalid>"},
        {"To": US, "Precedence": "list"},
        {"To": US, "Auto_Submitted": "auto-replied"},
        {"To": US, "Precedence": "junk"},
        {"To": f'"{US}" <somebody@else.invalid>'},
        {"Bcc": US, "To": "somebody@else.invalid"},
    ],
)
def test_who_did_not_write_to_us_hears_nothing(bug: Bug, headers: dict[str, str]) -> None:
    lines = {"Subject": "about nothing", **headers}
    row = post(signed(letter(bug, "#syz invalid\n", number=1, **lines)))
    assert row.state in (State.NO_BUG, State.IGNORED)
    assert not Message.objects.exists()


def test_who_cannot_prove_who_they_are_hears_nothing(bug: Bug) -> None:
    raw = letter(bug, "#bisect invalid\n", To=US, Subject="about nothing")
    partly = signed(raw, headers=["from", "subject", "date", "message-id"])
    for number, one in enumerate((raw, signed(raw, "evil.invalid"), partly)):
        assert post(one.replace(b"<1@", f"<{number}@".encode())).state == State.NO_BUG
    assert not Message.objects.exists()


def test_a_mail_that_asks_for_nothing_is_not_answered(bug: Bug) -> None:
    ask(bug, "What is this?\n", To=US, Subject="about nothing")
    assert not answers()


def test_a_private_bug_does_not_hide_a_public_one_of_its_title(bug: Bug, secret: Bug) -> None:
    Bug.objects.filter(pk=secret.pk).update(title=bug.title)
    row = ask(bug, "#bisect set prio: low\n", To=US, Subject=bug.title, From=SENDER)
    assert (row.bug, row.state) == (bug, State.DONE)
