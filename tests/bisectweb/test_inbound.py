"""Mails come in once, whoever may is heard, and what they ask for is done."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail as sent_mails
from pytest_django import Settings

from bisectweb import outbox
from bisectweb.inbound import receive
from bisectweb.inbound.answers import MOST
from bisectweb.models import Answer, Bisection, Bounce, Bug, Culprit, Message, Received, Tree
from bisectweb.unwanted import suspended, unwanted
from runner.errors import InfraError
from tests.bisectweb.posting import SENDER, ask, events, letter, post
from tests.bisectweb.signing import signed, write_keys
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
    people,
    sha_of,
)

pytestmark = pytest.mark.django_db
State = Received.State


@pytest.fixture(autouse=True)
def known_keys(settings: Settings, tmp_path: Path) -> None:
    settings.DKIM_KEYS = tmp_path / "keys"
    write_keys(tmp_path / "keys", "body.invalid", "evil.invalid")


@pytest.fixture
def bug() -> Bug:
    """A bug whose sender of mails maintains its tree."""
    tree = create_tree(maintainers=f"other@x.invalid\n{SENDER.upper()}\n")
    return create_bug(tree=tree)


def now(bug: Bug) -> Bug:
    return Bug.objects.get(pk=bug.pk)


def answers() -> list[Message]:
    return list(Message.objects.exclude(answer=None).order_by("pk"))


# What is asked for.


def test_a_fix_closes_the_bug_and_unfix_opens_it(bug: Bug) -> None:
    assert ask(bug, "#bisect fix: mm: do not forget\n").state == State.DONE
    assert (now(bug).state, now(bug).fix) == (Bug.State.FIXED, "mm: do not forget")
    ask(bug, "#syz unfix\n", number=2)
    assert (now(bug).state, now(bug).fix) == (Bug.State.OPEN, "")
    assert events(bug) == [
        f"{SENDER} by mail: fix: mm: do not forget: fixed by: mm: do not forget",
        f"{SENDER} by mail: unfix: open again",
    ]
    assert not answers()


def test_a_duplicate_is_found_by_its_title_and_never_in_a_circle(bug: Bug) -> None:
    other = create_bug(tree=bug.tree, title="KASAN: bad read in y")
    ask(bug, "#bisect dup: KASAN: bad read in y\n")
    assert (now(bug).state, now(bug).duplicate_of) == (Bug.State.DUPLICATE, other)
    circle = ask(other, f"#bisect dup: {bug.title}\n", number=2)
    assert circle.state == State.REFUSED
    assert now(other).state == Bug.State.OPEN
    ask(bug, "#bisect undup\n", number=3)
    assert (now(bug).state, now(bug).duplicate_of) == (Bug.State.OPEN, None)


def test_an_invalid_bug_is_worked_on_no_more(bug: Bug) -> None:
    active = create_bisection(crash=create_crash(bug=bug))
    ask(bug, "#bisect invalid\n")
    assert now(bug).state == Bug.State.INVALID
    assert Bisection.objects.get(pk=active.pk).state == Bisection.State.CANCELLED


def test_labels_are_set_and_unset(bug: Bug) -> None:
    ask(bug, "#bisect set subsystems: kvm, x86\n#bisect set prio: high\n#syz set no-reminders\n")
    labelled = now(bug)
    assert (labelled.subsystems, labelled.priority) == ("kvm, x86", "high")
    assert labelled.no_reminders
    ask(
        bug,
        "#bisect unset subsystems\n#bisect unset prio\n#bisect unset no-reminders\n",
        number=2,
    )
    bare = now(bug)
    assert (bare.subsystems, bare.priority, bare.no_reminders) == ("", "normal", False)


def test_a_culprit_is_confirmed_or_wrong_and_the_last_word_counts(bug: Bug) -> None:
    bisection = create_bisection(crash=create_crash(bug=bug), state=Bisection.State.FOUND)
    create_culprit(bisection=bisection)
    ask(bug, "#bisect confirm\n")
    assert Culprit.objects.get().verdict == Culprit.Verdict.CONFIRMED
    real = sha_of("real")
    ask(bug, f"#bisect wrong-commit real: {real}\n", number=2)
    culprit = Culprit.objects.get()
    assert (culprit.verdict, culprit.real) == (Culprit.Verdict.WRONG, real)
    assert (culprit.verdict_by, culprit.verdict_at is None) == (SENDER, False)


def test_a_bisection_is_started_as_it_was_asked_for(bug: Bug) -> None:
    crash = create_crash(bug=bug)
    ask(bug, "#bisect rebisect good: v6.1 bad: v6.2 runs: 20 config: minimise\n")
    started = Bisection.objects.get()
    assert (started.asked_good, started.asked_bad, started.runs) == ("v6.1", "v6.2", 20)
    assert started.minimise
    assert (started.strategy, started.asked_by, started.crash) == ("classic", SENDER, crash)
    ask(bug, "#bisect cancel\n#bisect rebisect\n", number=2)
    [again, before] = Bisection.objects.order_by("-pk")
    assert before.state == Bisection.State.CANCELLED
    assert (again.state, again.strategy, again.minimise) == ("queued", "bayes", False)


def test_a_person_may_ask_for_so_many_bisections_a_day(bug: Bug, settings: Settings) -> None:
    settings.MAIL_QUOTA = 2
    create_crash(bug=bug)
    for number in range(1, 5):
        ask(bug, "#bisect rebisect\n", number=number)
    assert Bisection.objects.count() == 2
    assert "please try tomorrow" in answers()[0].body


def test_a_maintainer_lets_a_waiting_mail_leave_and_a_recipient_does_not(bug: Bug) -> None:
    create_message(bug=bug, state=Message.State.SENT, people=people(to=["r@body.invalid"]))
    waiting = create_message(bug=bug)
    refused = ask(bug, "#bisect upstream\n", From="r@body.invalid")
    assert refused.state == State.REFUSED
    assert Message.objects.get(pk=waiting.pk).state == Message.State.AWAITING_APPROVAL
    ask(bug, "#bisect upstream\n", number=2)
    assert Message.objects.get(pk=waiting.pk).state == Message.State.APPROVED


def test_several_commands_of_one_mail_work_though_one_is_wrong(bug: Bug) -> None:
    row = ask(bug, "#bisect fix: some title\n#bisect nonsense\n#bisect set prio: low\n")
    assert row.state == State.REFUSED
    assert (now(bug).state, now(bug).priority) == (Bug.State.FIXED, "low")


# Who may.


@pytest.mark.parametrize("command", ["fix: a title", "invalid", "stop", "set prio: low", "cancel"])
def test_a_forged_sender_gets_nothing_done_and_no_answer(bug: Bug, command: str) -> None:
    create_bisection(crash=create_crash(bug=bug))
    for number, raw in enumerate(
        [
            letter(bug, f"#bisect {command}\n#bisect nonsense\n", number=1),
            signed(letter(bug, f"#bisect {command}\n", number=2), "evil.invalid"),
            signed(letter(bug, "#bisect unfix\n", number=3)).replace(b"unfix", command.encode()),
        ]
    ):
        row = post(raw)
        assert row.state == State.UNPROVEN, number
    assert now(bug).state == Bug.State.OPEN
    assert Bisection.objects.get().state == Bisection.State.QUEUED
    assert not unwanted(bug)
    assert not Message.objects.exists()
    assert len(events(bug)) == 3
    assert "its sender is not known for sure: it has no DKIM signature" in events(bug)[0]


def test_a_stranger_is_told_that_they_may_not(bug: Bug) -> None:
    row = ask(bug, "#bisect invalid\n", From="stranger@body.invalid")
    assert row.state == State.REFUSED
    assert now(bug).state == Bug.State.OPEN
    [told] = answers()
    assert told.to == ["stranger@body.invalid"]
    assert "neither a recipient of this bug" in told.body


def test_recipients_and_people_with_an_account_may_ask(bug: Bug) -> None:
    create_message(bug=bug, state=Message.State.SENT, people=people(cc=["R@body.invalid"]))
    user = User.objects.create_user("known", "Known@body.invalid")
    ask(bug, "#bisect set prio: high\n", From="r@body.invalid")
    assert now(bug).priority == "high"
    ask(bug, "#bisect set prio: low\n", number=2, From="known@body.invalid")
    assert now(bug).priority == "low"
    assert bug.events.filter(actor=user).exists()


def private(bug: Bug) -> Bug:
    bug.tree.seen_by = Tree.SeenBy.KEEPERS
    bug.tree.save()
    return bug


def test_a_stranger_does_not_learn_that_there_is_a_private_bug(bug: Bug) -> None:
    private(bug)
    User.objects.create_user("known", "known@body.invalid")
    for number, sender in enumerate(("stranger@body.invalid", "known@body.invalid")):
        row = ask(
            bug,
            "#bisect invalid\n#bisect nonsense\n",
            number=number,
            From=sender,
            To="bisectweb@x.invalid",
            Subject=bug.title,
        )
        assert row.state == State.REFUSED
    assert now(bug).state == Bug.State.OPEN
    assert not answers()


def test_the_maintainer_of_a_private_tree_is_heard_and_answered(bug: Bug) -> None:
    row = ask(private(bug), "#bisect set prio: high\n#bisect nonsense\n")
    assert row.state == State.REFUSED
    assert now(bug).priority == "high"
    assert len(answers()) == 1


@pytest.mark.parametrize("title", ["KASAN: bad read in y", "no such bug"])
def test_a_recipient_who_does_not_see_the_tree_cannot_try_out_titles(bug: Bug, title: str) -> None:
    create_bug(tree=bug.tree, title="KASAN: bad read in y")
    create_message(bug=private(bug), state=Message.State.SENT, people=people(cc=["r@body.invalid"]))
    ask(bug, f"#bisect dup: {title}\n", From="r@body.invalid")
    assert now(bug).state == Bug.State.OPEN
    assert "only who sees this tree" in " ".join(answers()[0].body.split())


def test_whoever_was_only_answered_is_no_recipient(bug: Bug) -> None:
    ask(bug, "#bisect nonsense\n", From="stranger@body.invalid")
    outbox.send(answers()[0].pk)
    row = ask(bug, "#bisect invalid\n", number=2, From="stranger@body.invalid")
    assert row.state == State.REFUSED


def test_anybody_may_leave_the_recipients_and_drafts_change(bug: Bug) -> None:
    draft = create_message(bug=bug, people=people(to=["Some@body.invalid", "b@x.invalid"], cc=[]))
    alone = create_message(bug=bug, people=people(to=[SENDER], cc=[]))
    row = post(letter(bug, "#bisect uncc\n"))
    assert row.state == State.UNPROVEN
    assert unwanted(bug) == {SENDER}
    assert not unwanted(create_bug())
    assert Message.objects.get(pk=draft.pk).to == ["b@x.invalid"]
    assert Message.objects.get(pk=alone.pk).state == Message.State.DRAFTED


def test_stop_is_for_all_bugs(bug: Bug) -> None:
    ask(bug, "#bisect stop\n")
    assert unwanted(create_bug()) == {SENDER}


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
