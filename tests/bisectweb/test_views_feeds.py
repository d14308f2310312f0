"""The feeds of new culprits."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Bisection, Bug, Culprit, Tree
from bisectweb.summaries import summarise
from tests.factories import create_bisection, create_bug, create_crash, create_culprit, create_tree

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEED = "/feeds/culprits/"


def create_found(bug: Bug | None = None, **fields: object) -> Culprit:
    crash = create_crash(bug=bug) if bug else create_crash()
    ended = timezone.now()
    return create_culprit(
        bisection=create_bisection(crash=crash, state="found", ended=ended), **fields
    )


def read(client: Client, address: str = FEED) -> ElementTree.Element:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def titles(feed: ElementTree.Element) -> list[str]:
    return [entry.findtext("a:title", "", ATOM) for entry in feed.findall("a:entry", ATOM)]


def test_an_entry_says_how_far_its_culprit_can_be_trusted(client: Client) -> None:
    culprit = create_found(create_bug(title="WARNING in kfree"), is_merge=True, confidence=0.98)
    feed = read(client)
    [entry] = feed.findall("a:entry", ATOM)
    assert titles(feed) == [f"{culprit.subject}: cause of WARNING in kfree"]
    said = entry.findtext("a:summary", "", ATOM)
    assert said.startswith("Doubted: it is a merge. Confidence 98.0% that this commit is")
    assert culprit.sha in said
    [link] = entry.findall("a:link", ATOM)
    assert link.get("href") == "http://localhost:8000" + culprit.bisection.get_absolute_url()


def test_an_entry_keeps_its_id_when_a_person_judges_it(client: Client) -> None:
    culprit = create_found()
    [before] = read(client).findall("a:entry", ATOM)
    later = timezone.now() + timedelta(hours=1)
    Culprit.objects.update(verdict="wrong", verdict_at=later)
    [after] = read(client).findall("a:entry", ATOM)
    assert before.findtext("a:id", "", ATOM) == after.findtext("a:id", "", ATOM)
    assert before.findtext("a:id", "", ATOM).endswith(f",2026:bisections/{culprit.bisection_id}")
    assert before.findtext("a:updated", "", ATOM) < after.findtext("a:updated", "", ATOM)
    assert after.findtext("a:summary", "", ATOM).startswith("A person says that it is wrong.")


def test_what_was_imported_or_marked_invalid_is_no_news(client: Client) -> None:
    for field, value in (("imported", True), ("invalidated", timezone.now())):
        culprit = create_found()
        Bisection.objects.filter(pk=culprit.bisection_id).update(**{field: value})
    assert titles(read(client)) == []


def test_a_tree_and_a_subsystem_have_feeds_of_their_own(client: Client) -> None:
    one = create_found(create_bug(subsystems="net, bluetooth"), subject="one")
    other = create_found(create_bug(subsystems="net"), subject="other")
    for culprit in (one, other):
        summarise(culprit.bisection.bug_id)
    name = one.bisection.bug.tree.name
    assert titles(read(client, reverse("feed-tree", args=[name])))[0].startswith("one:")
    assert len(titles(read(client, reverse("feed-subsystem", args=["net"])))) == 2
    assert len(titles(read(client, reverse("feed-subsystem", args=["bluetooth"])))) == 1
    for route in ("feed-tree", "feed-subsystem"):
        assert client.get(reverse(route, args=["nothing"])).status_code == 404
    page = client.get(one.bisection.bug.tree.get_absolute_url()).text
    assert reverse("feed-tree", args=[name]) in page
    assert f'type="application/atom+xml" href="{FEED}"' in client.get("/").text


def test_a_private_tree_is_in_no_feed_of_strangers(client: Client, admin_client: Client) -> None:
    tree = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    culprit = create_found(create_bug(tree=tree, subsystems="net"))
    summarise(culprit.bisection.bug_id)
    assert titles(read(client)) == []
    assert len(titles(read(admin_client))) == 1
    for address in (
        reverse("feed-tree", args=[tree.name]),
        reverse("feed-subsystem", args=["net"]),
    ):
        assert client.get(address).status_code == 404
        assert len(titles(read(admin_client, address))) == 1


def test_hostile_text_is_still_xml(client: Client) -> None:
    create_found(create_bug(title="a\x00\x1b[31m\ufffe"), subject="<script>&\x07")
    [title] = titles(read(client))
    assert title == "<script>&\ufffd: cause of a\ufffd\ufffd[31m\ufffd"


@pytest.mark.parametrize("entries", [0, 1])
def test_a_feed_that_has_not_changed_is_not_sent_again(client: Client, entries: int) -> None:
    for _ in range(entries):
        create_found()
    first = client.get(FEED)
    again = client.get(FEED, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    if entries:
        since = {"If-Modified-Since": first["Last-Modified"]}
        assert client.get(FEED, headers=since).status_code == 304


def test_a_feed_costs_the_same_queries_however_long_it_is(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        create_found(subject=f"number {number}")
    with django_assert_max_num_queries(3):
        found = titles(read(client))
    assert len(found) == 50
    assert found[0].startswith("number 59:")
