"""Those who may approve mails are told which ones wait, once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core import mail as sent_mails
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from bisectweb.access import kept, visible
from bisectweb.models import Bisection, Culprit, Message, OptOut, Tree
from bisectweb.outbound import outbox
from bisectweb.outbound.digests import DAY, post_due
from bisectweb.outbound.unwanted import bounced
from tests.bisectweb.posting import post
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
)

pytestmark = pytest.mark.django_db
State = Message.State
MAINTAINERS = "one@kernel.invalid\nTwo@kernel.invalid\n"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://bisect.invalid"


@pytest.fixture
def tree() -> Tree:
    return create_tree(name="linux", maintainers=MAINTAINERS, digest_after=3)


def waiting(tree: Tree, **fields: object) -> Message:
    return create_message(bug=create_bug(tree=tree), **fields)


def look(days: float = 0) -> None:
    """As the sweep does, so many days from now."""
    post_due(timezone.now() + timedelta(days=days))


def digests() -> list[Message]:
    return list(Message.objects.exclude(digest_of=None).order_by("pk"))


def test_a_digest_says_what_waits_and_how_to_let_it_leave(tree: Tree) -> None:
    bisection = create_bisection(
        crash=create_crash(bug=create_bug(tree=tree)), state=Bisection.State.FOUND
    )
    create_culprit(bisection=bisection, confidence=0.95, is_merge=True)
    told = create_message(bisection=bisection, subject="[bisectweb] a bug")
    Message.objects.update(created=timezone.now() - timedelta(hours=5))
    waiting(tree, state=State.SENT)
    waiting(tree, state=State.DRAFTED)
    look()
    [digest] = digests()
    assert digest.to == ["one@kernel.invalid", "Two@kernel.invalid"]
    assert digest.subject == "[bisectweb] 1 mail awaits approval for linux"
    assert told.bug
    assert (
        "  [bisectweb] a bug\n    waits for 5 hours; confidence 95 %, flagged\n"
        f"    https://bisect.invalid/messages/{told.pk}/\n    by mail: {told.bug.address}\n"
    ) in digest.body
    assert not any(one.startswith("#") for one in digest.body.splitlines())
    outbox.send(digest.pk)
    [left] = sent_mails.outbox
    assert left.to == digest.to
    assert "Reply-To" not in left.message()


def test_nobody_is_told_the_same_twice_within_a_day(tree: Tree) -> None:
    waiting(tree)
    for days in (0, 0, 0.9):
        look(days)
    assert len(digests()) == 1
    look(1.1)
    assert len(digests()) == 2


def test_many_mails_more_do_not_wait_for_a_day(tree: Tree) -> None:
    for count in (1, 1, 1, 2, 2):
        waiting(tree)
        look()
        assert len(digests()) == count
    assert "4 mails await approval" in digests()[-1].subject


def test_what_was_decided_or_is_none_is_told_of_by_nobody(tree: Tree) -> None:
    waiting(tree, state=State.CANCELLED)
    waiting(create_tree(maintainers=MAINTAINERS, digest_after=0))
    look()
    assert not digests()


def test_each_tree_has_its_own_people(tree: Tree, admin_user: User) -> None:
    lonely = create_tree(name="lonely")
    waiting(tree)
    waiting(lonely)
    look()
    assert [one.to for one in digests()] == [
        ["one@kernel.invalid", "Two@kernel.invalid"],
        [admin_user.email],
    ]
    assert "lonely" not in digests()[0].body


def test_who_wants_no_mail_gets_none(tree: Tree) -> None:
    OptOut.objects.create(address="two@kernel.invalid")
    OptOut.objects.create(address="one@kernel.invalid", bug=create_bug(tree=tree))
    waiting(tree)
    look()
    assert digests()[0].to == ["one@kernel.invalid"]
    OptOut.objects.create(address="one@kernel.invalid")
    waiting(create_tree(maintainers="one@kernel.invalid"))
    look()
    assert len(digests()) == 1


def test_while_all_mail_is_stopped_none_is_drafted(tree: Tree, admin_user: User) -> None:
    waiting(tree)
    outbox.stop(admin_user, "it loops")
    outbox.sweep()
    assert not digests()
    outbox.resume(admin_user)
    outbox.sweep()
    assert len(digests()) == 1


def test_two_processes_post_one(tree: Tree) -> None:
    """The second one looked before the first one wrote."""
    waiting(tree)
    look()
    Message.objects.filter(pk=digests()[0].pk).update(created=timezone.now() - DAY)
    look()
    [first, second] = digests()
    with pytest.raises(IntegrityError), transaction.atomic():
        create_message(bug=None, digest_of=tree, message_id=second.message_id)
    assert first.message_id != second.message_id


def test_digests_count_against_the_trees_limit(tree: Tree) -> None:
    Tree.objects.filter(pk=tree.pk).update(mails_per_hour=1)
    waiting(tree)
    look()
    [digest] = digests()
    outbox.send(digest.pk)
    other = waiting(tree, state=State.APPROVED)
    outbox.send(other.pk)
    other.refresh_from_db()
    assert other.state == State.APPROVED
    assert "the limit of 1 mails an hour about linux" in other.error


def test_a_mail_about_a_bug_lists_no_mails(tree: Tree) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create_message(digest_of=tree)


def test_a_mail_about_nothing_belongs_to_no_tree(admin_client: Client) -> None:
    alone = create_message(bug=None)
    assert alone.tree is None
    assert admin_client.get(alone.get_absolute_url()).status_code == 200
    assert admin_client.get(f"/api/v1/messages/{alone.pk}").json()["tree"] is None


def test_a_digest_is_for_admins_and_its_page_opens(
    tree: Tree, admin_client: Client, member: User
) -> None:
    waiting(tree)
    look()
    [digest] = digests()
    assert admin_client.get(digest.get_absolute_url()).status_code == 200
    assert admin_client.get("/messages/").status_code == 200
    keeper = User.objects.create_user("keeper", "one@kernel.invalid")
    assert digest not in kept(Message.objects.all(), keeper)
    for user in (AnonymousUser(), member):
        assert digest not in visible(Message.objects.all(), user)


def test_answers_and_bounces_of_a_digest_do_no_harm(tree: Tree) -> None:
    waiting(tree)
    look()
    [digest] = digests()
    outbox.send(digest.pk)
    assert bounced("one@kernel.invalid", "5.1.1", digest.message_id)
    raw = (
        f"From: one@kernel.invalid\nMessage-ID: <1@k>\nIn-Reply-To: {digest.message_id}\n"
        "To: x@bisectweb.invalid\n\n#bisect upstream\n"
    )
    assert post(raw.encode()).bug is None
    assert not Culprit.objects.exists()
