"""The list of bugs: what is asked for in its address is what it shows, and counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb import listing
from bisectweb.models import Bisection, Bug, Tree
from bisectweb.workflow import triage
from tests.factories import create_bisection, create_bug, create_crash, create_culprit, create_tree

pytestmark = pytest.mark.django_db
SHA = "fe3a0123456789abcdef0123456789abcdef0123"


def titles(client: Client, query: str = "") -> list[str]:
    """Of the bugs on the page, from top to bottom."""
    html = client.get(f"/?{query}").text
    return [
        unescape(one) for one in re.findall(r'class="title"[^>]*><bdi>(.*?)</bdi></a>', html, re.S)
    ]


@pytest.fixture
def bugs() -> None:
    """One of each kind, in two trees."""
    near, far = create_tree(name="linux"), create_tree(name="linux-next")
    kfree = create_bug(tree=near, title="WARNING in kfree", fix="mm: free it once", state="fixed")
    triage.set_label(kfree, "subsystems", "mm, net", None)
    create_crash(bug=kfree, reproducer="", title="KASAN: invalid-free in kfree")
    sure = create_crash(bug=create_bug(tree=near, title="BUG in f 100%"))
    create_culprit(
        bisection=create_bisection(crash=sure, state="found"),
        sha=SHA,
        subject="net: Öffne es",
        confidence=0.995,
    )
    unsure = create_crash(bug=create_bug(tree=far, title="INFO: hung in g"))
    create_crash(bug=unsure.bug)
    create_culprit(
        bisection=create_bisection(crash=unsure, state="found"),
        sha="a" * 40,
        confidence=0.4,
        verdict="confirmed",
    )
    running = create_crash(bug=create_bug(tree=far, title="WARNING in h"))
    create_bisection(crash=running, state="running")


FOUND: Mapping[str, list[str] | int] = {
    "q=KFREE": ["WARNING in kfree"],
    "q=kfree+warning": ["WARNING in kfree"],
    "q=kfree+hung": [],
    "q=invalid-free": ["WARNING in kfree"],
    "q=once": ["WARNING in kfree"],
    "q=mm,": [],
    "q=%C3%B6FFNE": ["BUG in f 100%"],
    "q=100%25": ["BUG in f 100%"],
    "q=_ARNING": [],
    "q=fe3a0123456": ["BUG in f 100%"],
    f"q={SHA}": ["BUG in f 100%"],
    "q=0123456789": [],
    "q=%00": 4,
    "tree=linux-next": ["INFO: hung in g", "WARNING in h"],
    "tree=no-such": [],
    "state=fixed": ["WARNING in kfree"],
    "state=nonsense": 4,
    "subsystem=net": ["WARNING in kfree"],
    "subsystem=n": [],
    "bisection=running": ["WARNING in h"],
    "bisection=none": ["WARNING in kfree"],
    "confidence=99": ["BUG in f 100%"],
    "confidence=unsure": ["INFO: hung in g"],
    "confidence=confirmed": ["INFO: hung in g"],
    "reproducer=no": ["WARNING in kfree"],
    "reproducer=yes&tree=linux": ["BUG in f 100%"],
    "mine=1": 4,
}
"""Titles, or only how many."""
TOP = {
    "sort=title": "BUG in f 100%",
    "sort=-title": "WARNING in kfree",
    "sort=-confidence": "BUG in f 100%",
    "sort=-crashes": "INFO: hung in g",
    "sort=created": "WARNING in kfree",
    "sort=-created": "WARNING in h",
    "sort=words": "WARNING in kfree",
}


@pytest.mark.usefixtures("bugs")
def test_what_is_asked_for_is_shown(client: Client) -> None:
    shown = {query: titles(client, query) for query in FOUND}
    assert {
        query: sorted(some) if isinstance(FOUND[query], list) else len(some)
        for query, some in shown.items()
    } == FOUND


@pytest.mark.usefixtures("bugs")
def test_the_list_is_sorted_as_asked_or_by_the_last_activity(client: Client) -> None:
    later = timezone.now() + timedelta(minutes=1)
    Bug.objects.filter(title="WARNING in kfree").update(active=later)
    assert {query: titles(client, query)[0] for query in TOP} == TOP


@pytest.mark.usefixtures("bugs")
def test_a_heading_sorts_by_its_column_and_then_the_other_way(client: Client) -> None:
    html = client.get("/?q=in&page=1").text
    assert '<th scope="col" aria-sort="descending"><a href="?q=in&amp;sort=active">' in html
    assert '<th scope="col"><a href="?q=in&amp;sort=title">Bug</a>' in html
    assert '<a href="?q=in&amp;sort=-title">Bug</a>' in client.get("/?q=in&sort=title").text


@pytest.mark.usefixtures("bugs")
def test_choices_are_counted_within_what_is_asked_for(client: Client) -> None:
    html = client.get("/?tree=linux").text
    for option in ("open (1)", "fixed (1)", "99 % or more (1)", "unsure: below 66 % (0)", "mm (1)"):
        assert f">{option}</option>" in html
    assert '<option value="linux" selected>linux (2)</option>' in html
    assert '<option value="linux-next">linux-next (2)</option>' in html


@pytest.mark.usefixtures("bugs")
def test_what_was_chosen_is_counted_beside_its_alternatives(client: Client) -> None:
    html = client.get("/?tree=linux-next&bisection=running&reproducer=yes").text
    assert '<option value="running" selected>running (1)</option>' in html
    assert '<option value="found">culprit found (1)</option>' in html
    assert '<option value="linux">linux (0)' not in html, "nothing there is running"
    assert '<option value="no">has none (0)</option>' in html


@pytest.mark.usefixtures("bugs")
def test_beside_a_text_the_alternatives_are_not_counted(client: Client) -> None:
    html = client.get("/?q=warning&state=open").text
    assert '<option value="open" selected>open</option>' in html
    assert '<option value="fixed">fixed</option>' in html


@pytest.mark.usefixtures("bugs")
def test_alternatives_of_a_private_tree_are_not_counted(client: Client) -> None:
    Tree.objects.filter(name="linux").update(seen_by=Tree.SeenBy.KEEPERS)
    html = client.get("/?tree=linux-next&state=open").text
    assert '<option value="fixed">fixed (0)</option>' in html
    assert '<option value="linux">' not in html


@pytest.mark.usefixtures("bugs")
def test_all_filters_at_once_cost_few_queries(
    member_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    triage.set_label(Bug.objects.get(title="BUG in f 100%"), "subsystems", "net", None)
    query = "tree=linux&subsystem=net&state=open&bisection=found&confidence=99&reproducer=yes"
    with django_assert_max_num_queries(12):
        assert "BUG in f 100%" in member_client.get(f"/?{query}").text


def test_conditions_are_chips_that_drop_them(client: Client) -> None:
    create_bug(title="WARNING in kfree")
    html = client.get("/?q=kfree&state=open&sort=title&page=1").text
    assert '<a href="?q=kfree&amp;sort=title"><bdi>state: open</bdi>' in html
    assert '<a href="?state=open&amp;sort=title"><bdi>text: kfree</bdi>' in html


def test_what_to_drop_is_said_when_nothing_is_found(client: Client) -> None:
    create_bug(title="WARNING in kfree")
    html = client.get("/?q=kfree&state=fixed&subsystem=<b>").text
    assert "No bug matches all of that" in html
    assert "Without <strong><bdi>state: fixed</bdi></strong>: no bug either" in html
    assert "subsystem: &lt;b&gt;" in html
    html = client.get("/?q=kfree&state=fixed").text
    assert '</strong>: <a href="?q=kfree">1 bug</a>' in html


def test_mine_are_those_that_i_filed(member_client: Client, member: User) -> None:
    create_bug(title="WARNING in kfree", reporter=member)
    create_bug(title="WARNING in vfree")
    assert titles(member_client, "mine=1") == ["WARNING in kfree"]


def test_a_tree_that_is_hidden_is_in_no_row_choice_or_number(client: Client) -> None:
    hidden = create_tree(name="vendor", seen_by=Tree.SeenBy.KEEPERS)
    bug = create_bug(tree=hidden, title="WARNING in secret")
    triage.set_label(bug, "subsystems", "secret-driver", None)
    create_bug(title="WARNING in kfree")
    for query in ("", "q=warning", "state=open"):
        html = client.get(f"/?{query}").text
        assert "vendor" not in html
        assert "secret" not in html
    for query in ("tree=vendor", "subsystem=secret-driver", "q=secret"):
        html = client.get(f"/?{query}").text
        assert "No bug matches that" in html
        assert "(1)" not in html
    assert "1 bug<" in client.get("/").text


def test_the_latest_bisection_is_shown_with_its_culprit(client: Client) -> None:
    crash = create_crash()
    create_bisection(crash=crash, state=Bisection.State.FAILED)
    found = create_bisection(crash=crash, state=Bisection.State.FOUND)
    culprit = create_culprit(bisection=found, subject="mm: free it twice", verdict="wrong")
    html = client.get("/").text
    assert "mm: free it twice" in html
    assert f"<code>{culprit.sha[:12]}</code>" in html
    assert '<span class="badge bad">wrong</span>' in html
    assert '">Failed</a>' not in html


def test_a_long_list_comes_in_pages_that_keep_what_was_asked(client: Client) -> None:
    tree = create_tree()
    for number in range(51):
        create_bug(tree=tree, title=f"WARNING in f{number}")
    first = client.get("/", {"q": "WARNING"}).text
    assert "Page 1 of 2" in first
    assert "?q=WARNING&amp;page=2" in first
    assert titles(client, "q=WARNING&page=2") == ["WARNING in f0"]
    assert titles(client, "q=WARNING&page=99") == ["WARNING in f0"]


def test_many_bugs_are_counted_once_a_minute_and_paged_to_a_bound(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    tree = create_tree()
    rows = (Bug(tree=tree, title=f"WARNING in f{n}", words="warning") for n in range(10_001))
    Bug.objects.bulk_create(rows)
    html = client.get("/?q=warning&page=300").text
    assert "10,000+ bugs" in html
    assert "Page 200 of 200" in html
    asked = listing.conditions({"q": "warning"}, AnonymousUser())
    with django_assert_max_num_queries(1):
        assert listing.tally(asked, AnonymousUser()).total == 10_001
    cache.clear()


@pytest.mark.parametrize("query", ["", "q=in&state=open&sort=title", "q=no&state=open&mine=1"])
def test_the_list_costs_the_same_queries_however_long_it_is(
    member_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, query: str
) -> None:
    for _ in range(10):
        create_culprit(bisection=create_bisection(state=Bisection.State.FOUND))
    with django_assert_max_num_queries(10):
        member_client.get(f"/?{query}")


def test_an_empty_list_says_how_to_file_a_bug(client: Client) -> None:
    html = client.get("/").text
    assert "No bug has been filed yet" in html
    assert reverse("bug-new") in html
