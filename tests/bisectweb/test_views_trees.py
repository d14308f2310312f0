"""The pages of trees: what is searched there, what waits, and who may hold it up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Bisection, Event, Priority, Tree
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_revision,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> Tree:
    """With everything that strangers have no business with."""
    return create_tree(
        name="linux next",
        maintainers="keeper@kernel.invalid",
        disk_image="/srv/secret/debian.img",
        ssh_key="/srv/secret/key",
        qemu_args="-drive file=/srv/secret/more",
    )


def bisect(tree: Tree, **fields: object) -> Bisection:
    return create_bisection(crash=create_crash(bug=create_bug(tree=tree)), **fields)


def test_a_tree_shows_its_policy_and_no_file_of_the_host(client: Client, tree: Tree) -> None:
    create_worker(facts={"oldest": {"gcc": "4.9"}})
    create_worker(facts={"oldest": {"gcc": "3.10"}})
    html = client.get(tree.get_absolute_url()).text
    for words in ("https://git.invalid/linux.git", "from Linux 3.10 on", "20 mails an hour"):
        assert words in html
    for answer in (html, client.get("/trees/linux%20next.json").text):
        assert "/srv/secret" not in answer
        assert "keeper@kernel.invalid" not in answer
    assert tree.get_absolute_url() in client.get(reverse("tree-list")).text


def test_the_queue_is_told_in_its_order_with_places_of_all_trees(
    client: Client, tree: Tree
) -> None:
    bisect(create_tree(), priority=Priority.HIGH)
    low = bisect(tree, priority=Priority.LOW)
    later = bisect(tree)
    busy = bisect(tree, state="running", activity="building abc", priority=3)
    create_revision(bisection=busy, lease="x", lease_until=timezone.now() + timedelta(minutes=1))
    failing = bisect(tree, reason="the disk is full", activity="waiting 15 s")
    bisect(tree, state="found")
    queue = client.get("/trees/linux%20next.json").json()["queue"]
    assert [(one["bisection"], one["place"], one["in_hand"], one["why"]) for one in queue] == [
        (busy.pk, 2, True, "building abc"),
        (later.pk, 3, False, "waits for a slot"),
        (failing.pk, 4, False, "waiting 15 s: the disk is full"),
        (low.pk, 5, False, "waits for a slot"),
    ]
    html = client.get(tree.get_absolute_url()).text
    assert html.index("building abc") < html.index("the disk is full")
    assert "3 queued, 1 running, 1 found" in " ".join(html.split())


def test_the_next_of_all_is_told_so_and_a_paused_tree_has_no_places(
    client: Client, tree: Tree
) -> None:
    first = bisect(tree)
    [queued] = client.get("/trees/linux%20next.json").json()["queue"]
    assert (queued["place"], queued["why"]) == (1, "the next free slot is its own")
    Tree.objects.update(paused=timezone.now(), pause_reason="the mirror moves")
    [queued] = client.get("/trees/linux%20next.json").json()["queue"]
    assert (queued["bisection"], queued["place"]) == (first.pk, None)
    assert queued["why"] == "the tree is paused"


def test_the_latest_culprits_are_those_that_were_found_here(client: Client, tree: Tree) -> None:
    mine = create_culprit(bisection=bisect(tree, state="found"), subject="mm: forget a lock")
    create_culprit(bisection=bisect(tree, state="found", imported=True), subject="from a log")
    create_culprit(subject="of another tree")
    html = client.get(tree.get_absolute_url()).text
    assert mine.subject in html
    assert "from a log" not in html
    assert "of another tree" not in html


def test_a_private_tree_is_on_no_page(
    client: Client, member_client: Client, admin_client: Client
) -> None:
    tree = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    for reader in (client, member_client):
        assert tree.name not in reader.get(reverse("tree-list")).text
        assert reader.get(tree.get_absolute_url()).status_code == 404
    assert admin_client.get(tree.get_absolute_url()).status_code == 200


def test_the_pages_cost_few_queries_however_much_waits(
    admin_client: Client, tree: Tree, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        create_culprit(bisection=bisect(tree, state="found"))
        create_revision(bisection=bisect(tree, state="running"))
        create_tree(upstream=tree)
        Event.objects.create(tree=tree, text="paused the tree")
    with django_assert_max_num_queries(12):
        admin_client.get(tree.get_absolute_url())
    with django_assert_max_num_queries(12):
        admin_client.get(reverse("tree-list"))


def test_a_maintainer_pauses_and_resumes_their_tree_and_the_page_says_so(
    client: Client, tree: Tree
) -> None:
    keeper = User.objects.create_user("keeper", "keeper@kernel.invalid")
    client.force_login(keeper)
    page = tree.get_absolute_url()
    pause, resume = (
        reverse("tree-pause", args=[tree.name]),
        reverse("tree-resume", args=[tree.name]),
    )
    assert pause in client.get(page).text
    assert "say why" in client.post(pause, {"reason": " "}, follow=True).text
    said = client.post(pause, {"reason": "<b>moves</b>"}, follow=True).text
    assert "nothing new is begun" in said
    assert "&lt;b&gt;moves&lt;/b&gt;" in said
    assert resume in said
    assert "was paused before" in client.post(pause, {"reason": "again"}, follow=True).text
    assert "Resumed." in client.post(resume, follow=True).text
    assert "was not paused" in client.post(resume, follow=True).text
    events = [(event.actor, event.text) for event in tree.events.all()]
    assert events == [(keeper, "resumed the tree"), (keeper, "paused the tree: <b>moves</b>")]
