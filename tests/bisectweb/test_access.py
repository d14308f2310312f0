"""Who sees what: every row of a tree that is not for everybody is hidden from everybody else."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb.access import Person, keeps_any, kept, may_keep, sees, tree_of, visible
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Culprit,
    Event,
    Kernel,
    Message,
    PatchTest,
    Received,
    Revision,
    Run,
    Score,
    Stop,
    Tree,
)
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_kernel,
    create_message,
    create_patch_test,
    create_revision,
    create_run,
    create_tree,
)

pytestmark = pytest.mark.django_db

KEEPER = "Keeper@kernel.invalid"
OF_A_TREE = (Tree, Bug, Crash, Event, Bisection, Culprit, Score, Message, Revision, Run, Received)


def create_rows(tree: Tree) -> None:
    """One row of each kind."""
    bug = create_bug(tree=tree)
    bisection = create_bisection(crash=create_crash(bug=bug), state=Bisection.State.FOUND)
    create_run(revision=create_revision(bisection=bisection, kernel=create_kernel()))
    create_culprit(bisection=bisection)
    create_message(bisection=bisection)
    Event.objects.create(bug=bug, text="filed the bug")
    Score.objects.create(bisection=bisection, verdict=Score.Verdict.TRUST)
    Received.objects.create(message_id=f"<{tree.pk}@x.invalid>", bug=bug, state="done")


def create_private(seen_by: str = Tree.SeenBy.KEEPERS) -> Tree:
    tree = create_tree(seen_by=seen_by, maintainers=f"{KEEPER.lower()}\nother@kernel.invalid")
    create_rows(tree)
    return tree


def person(email: str = "", **fields: bool) -> User:
    user = User.objects.create_user(f"user {User.objects.count()}", email, "secret")
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    return user


def counts(user: Person) -> set[int]:
    """How many rows of each kind somebody sees."""
    models: tuple[type[Model], ...] = (*OF_A_TREE, Kernel)
    return {visible(model._default_manager.all(), user).count() for model in models}


def test_a_private_tree_and_all_its_rows_are_seen_by_its_maintainers_and_admins_alone() -> None:
    create_private()
    assert counts(AnonymousUser()) == {0}
    assert counts(person()) == {0}
    assert counts(person("stranger@kernel.invalid")) == {0}
    assert counts(person(KEEPER, is_active=False)) == {0}
    assert counts(person(KEEPER)) == {1}
    assert counts(person(is_staff=True)) == {1}


def test_a_tree_for_signed_in_people_is_hidden_from_strangers() -> None:
    create_private(Tree.SeenBy.SIGNED_IN)
    assert counts(AnonymousUser()) == {0}
    assert counts(person(is_active=False)) == {0}
    assert counts(person()) == {1}


def test_other_trees_are_seen_beside_a_private_one() -> None:
    create_private()
    create_rows(create_tree())
    assert counts(AnonymousUser()) == {1}
    assert counts(person(KEEPER)) == {2}


def test_a_patch_test_of_a_public_bug_does_not_name_a_private_tree(client: Client) -> None:
    test = create_patch_test(tree=create_private())
    assert test.tree.name not in client.get(test.get_absolute_url()).text
    PatchTest.objects.update(tree=test.bug.tree)
    assert test.bug.tree.name in client.get(test.get_absolute_url()).text


def test_a_shared_kernel_is_seen_by_whoever_sees_one_of_its_revisions() -> None:
    tree = create_private()
    shared = Kernel.objects.get()
    create_revision(kernel=shared)
    alone = create_kernel()
    assert list(visible(Kernel.objects.all(), AnonymousUser())) == [shared]
    tree.seen_by = Tree.SeenBy.EVERYBODY
    tree.save()
    assert set(visible(Kernel.objects.all(), AnonymousUser())) == {shared, alone}


def test_rows_of_no_tree_are_for_admins() -> None:
    lost = Received.objects.create(message_id="<lost@x.invalid>", state="no-bug")
    Stop.objects.create(reason="a reason")
    for user in (AnonymousUser(), person(KEEPER)):
        assert not visible(Received.objects.all(), user).exists()
        assert not visible(Stop.objects.all(), user).exists()
        assert not kept(Stop.objects.all(), user).exists()
    admin = person(is_staff=True)
    assert visible(Received.objects.all(), admin).get() == lost
    assert visible(Stop.objects.all(), admin).exists()
    assert tree_of(lost) is None
    assert sees(admin, lost)
    assert not sees(person(), lost)


def test_levers_are_for_the_accounts_of_a_trees_maintainers_and_for_admins() -> None:
    tree, other = create_private(), create_tree()
    create_rows(other)
    for user, may in (
        (AnonymousUser(), False),
        (person(), False),
        (person("kernel.invalid"), False),
        (person(KEEPER, is_active=False), False),
        (person(KEEPER), True),
        (person(is_staff=True), True),
    ):
        assert may_keep(user, tree) == may
        assert keeps_any(user) == may
        assert kept(Run.objects.filter(revision__bisection__bug__tree=tree), user).exists() == may
    assert not may_keep(person(KEEPER), other)
    assert list(kept(Tree.objects.all(), person(KEEPER))) == [tree]


def test_what_somebody_sees_takes_one_query_however_often_it_is_asked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    create_private()
    user = person(KEEPER)
    with django_assert_num_queries(1):
        visible(Bug.objects.all(), user)
        visible(Run.objects.all(), user)
        keeps_any(user)


def test_no_filter_is_added_where_nothing_is_hidden() -> None:
    create_tree()
    bugs = Bug.objects.all()
    assert str(visible(bugs, AnonymousUser()).query) == str(bugs.query)


def test_every_row_that_has_a_page_knows_its_tree() -> None:
    tree = create_private()
    for model in OF_A_TREE:
        row = model._default_manager.get()
        assert tree_of(row) == tree
        assert not sees(AnonymousUser(), row)


def test_no_more_people_see_a_tree_than_its_upstream() -> None:
    upstream = create_tree(seen_by=Tree.SeenBy.SIGNED_IN)
    tree = create_tree(upstream=upstream, seen_by=Tree.SeenBy.KEEPERS)
    tree.clean()
    tree.seen_by = Tree.SeenBy.EVERYBODY
    with pytest.raises(ValidationError, match="than its upstream"):
        tree.clean()
    tree.save()
    with pytest.raises(ValidationError, match="whose upstream this is"):
        upstream.clean()


def test_the_original_of_a_duplicate_is_named_only_to_who_sees_it(
    client: Client, admin_client: Client
) -> None:
    create_private()
    original = Bug.objects.get()
    original.title = "KASAN: secret"
    original.save()
    bug = create_bug(duplicate_of=original, state=Bug.State.DUPLICATE)
    create_crash(bug=bug)
    for address in (bug.get_absolute_url(), f"/bugs/{bug.pk}.json"):
        page = client.get(address).text
        assert "secret" not in page
        assert f'"duplicate_of": {original.pk}' not in page
    assert "KASAN: secret" in admin_client.get(bug.get_absolute_url()).text


def test_a_bug_is_filed_in_a_tree_that_one_sees(
    member_client: Client, admin_client: Client
) -> None:
    tree = create_private()
    address = reverse("bug-new")
    assert tree.name not in member_client.get(address).text
    assert tree.name in admin_client.get(address).text
    said = {"tree": tree.pk, "title": "t", "commit": "v6.12"}
    page = member_client.post(address, said)
    assert page.status_code == 422
    assert "That choice is not one of the available choices" in page.text


def test_a_maintainer_decides_on_the_mails_of_their_trees_alone(client: Client) -> None:
    create_private()
    own, other = Message.objects.get(), create_message()
    client.force_login(person(KEEPER))
    page = client.get(reverse("message-list")).text
    assert own.get_absolute_url() in page
    assert other.get_absolute_url() not in page
    assert "Stop all mail" not in page
    assert client.post(reverse("message-stop"), {"reason": "why"}).status_code == 403
    assert client.get(other.get_absolute_url()).status_code == 403
    cancel = reverse("message-cancel", args=[own.pk])
    assert client.post(cancel, {"reason": "not now"}).status_code == 302
    own.refresh_from_db()
    assert own.state == Message.State.CANCELLED


def test_a_maintainer_pulls_the_levers_of_their_bisections(client: Client) -> None:
    create_private()
    bisection = Bisection.objects.get()
    client.force_login(person(KEEPER))
    judge = reverse("bisection-judge", args=[bisection.pk])
    assert judge in client.get(bisection.get_absolute_url()).text
    client.post(judge, {"verdict": "confirmed", "reason": "I know"})
    assert Culprit.objects.get().verdict == Culprit.Verdict.CONFIRMED


@pytest.mark.parametrize("name", ["bisection-judge", "bisection-cancel", "bisection-invalidate"])
def test_a_lever_of_a_private_tree_is_not_there_for_others(
    client: Client, member_client: Client, name: str
) -> None:
    create_private()
    address = reverse(name, args=[Bisection.objects.get().pk])
    assert client.post(address)["Location"].startswith(reverse("login"))
    assert member_client.post(address, {"reason": "why"}).status_code == 404
