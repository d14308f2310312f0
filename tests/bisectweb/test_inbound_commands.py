"""Whoever may is heard, and what their mails ask for is done."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from bisectweb.inbound.people import account
from bisectweb.models import Bisection, Bug, Culprit, Message, Priority, Received, Tree
from bisectweb.outbound import outbox
from bisectweb.outbound.unwanted import unwanted
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
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    people,
    sha_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("known_keys")]
State = Received.State


@pytest.fixture
def bug() -> Bug:
    return maintained_bug()


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
    ask(bug, "#bisect valid\n", number=2)
    assert now(bug).state == Bug.State.OPEN
    assert ask(bug, "#bisect valid\n", number=3).state == State.REFUSED


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


def test_a_priority_is_that_of_the_bisections_under_way_too(bug: Bug) -> None:
    crash = create_crash(bug=bug)
    over = create_bisection(crash=crash, state="found")
    active = [create_bisection(crash=crash, state=state) for state in ("queued", "running")]

    def priorities() -> list[int]:
        return [Bisection.objects.get(pk=one.pk).priority for one in (over, *active)]

    ask(bug, "#bisect set prio: high\n")
    assert priorities() == [Priority.NORMAL, Priority.HIGH, Priority.HIGH]
    assert f"gave bisection {active[0].pk} high priority" in events(bug)
    Bisection.objects.filter(pk=active[0].pk).update(priority=Priority.LOW)
    ask(bug, "#bisect set prio: high\n", number=2)
    assert priorities()[1] == Priority.LOW, "the bug's did not change"
    ask(bug, "#bisect unset prio\n", number=3)
    assert priorities() == [Priority.NORMAL] * 3


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


@pytest.mark.parametrize("alike", ["\u212aeeper@body.invalid", "keeper\u0131@body.invalid"])
def test_an_address_that_folds_to_that_of_an_account_is_not_theirs(alike: str) -> None:
    for number, address in enumerate(("keeper@body.invalid", "keeperi@body.invalid")):
        User.objects.create_user(f"user-{number}", address)
    assert account("keeper@body.invalid")
    assert account(alike) is None


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
