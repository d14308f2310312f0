"""Notes on bugs: who writes and deletes them, and that they are no HTML of strangers."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb.models import Bug, Event, Note, Received, Tree
from tests.factories import create_bug, create_tree

pytestmark = pytest.mark.django_db


def write(client: Client, bug: Bug, text: str) -> int:
    return client.post(reverse("note-new", args=[bug.pk]), {"text": text}).status_code


def test_a_note_is_markdown_and_is_in_the_history(member_client: Client, member: User) -> None:
    bug = create_bug()
    assert write(member_client, bug, "It is **not** `kfree`.\0") == 302
    html = member_client.get(bug.get_absolute_url()).text
    assert "It is <strong>not</strong> <code>kfree</code>." in html
    note = Note.objects.get()
    assert note.author == member
    assert bug.events.get().text == f"wrote note {note.pk}"


def test_a_note_may_be_as_long_as_the_browser_lets_it_be(member_client: Client) -> None:
    assert write(member_client, create_bug(), "a\r\n" * 4_999 + "ab") == 302
    assert len(Note.objects.get().text) == 10_000


def test_a_note_brings_no_script_picture_or_style(member_client: Client) -> None:
    bug = create_bug()
    text = (
        "<script>alert(1)</script><b style='x' onclick='x'>b</b> ![x](https://spy.invalid/x.png) "
        "[y](javascript:alert(2))"
    )
    write(member_client, bug, text)
    html = member_client.get(bug.get_absolute_url()).text
    for hostile in ("alert(1)", "onclick", "style=", "spy.invalid", "javascript:"):
        assert hostile not in html


def test_strangers_write_nothing_and_nobody_where_they_see_nothing(
    client: Client, member_client: Client
) -> None:
    bug = create_bug(tree=create_tree(seen_by=Tree.SeenBy.KEEPERS))
    assert write(member_client, bug, "hello") == 404
    client.logout()
    assert write(client, create_bug(), "hello") == 302
    assert write(member_client, create_bug(), " ") == 302
    assert write(member_client, create_bug(), "x" * 10_001) == 302
    assert not Note.objects.exists()


def test_its_author_and_keepers_of_the_tree_delete_a_note(
    member_client: Client, member: User, admin_client: Client, admin_user: User
) -> None:
    bug = create_bug()
    own = Note.objects.create(bug=bug, author=member, text="mine")
    other = Note.objects.create(bug=bug, author=admin_user, text="not mine")
    html = member_client.get(bug.get_absolute_url()).text
    assert reverse("note-delete", args=[own.pk]) in html
    assert reverse("note-delete", args=[other.pk]) not in html
    assert member_client.post(reverse("note-delete", args=[other.pk])).status_code == 403
    assert member_client.post(reverse("note-delete", args=[own.pk])).status_code == 302
    assert list(Note.objects.all()) == [other]
    assert admin_client.post(reverse("note-delete", args=[other.pk])).status_code == 302
    assert not Note.objects.exists()
    assert bug.events.count() == 2


def test_many_notes_come_in_parts_and_none_is_lost(client: Client) -> None:
    bug = create_bug()
    Note.objects.bulk_create(Note(bug=bug, text=f"remark {number}.") for number in range(50))
    address, seen = bug.get_absolute_url(), list[str]()
    for _ in range(3):
        html = client.get(address).text
        seen = [*re.findall(r"remark \d+", html), *seen]
        older = re.search(r'href="(\?notes=\d+)#notes"', html)
        address = f"{bug.get_absolute_url()}{older[1]}" if older else ""
    assert seen == [f"remark {number}" for number in range(50)]
    assert address == ""
    assert "remark 49" in client.get(f"{bug.get_absolute_url()}?notes=x").text


def test_a_page_shows_the_newest_of_many_mails_and_events(client: Client) -> None:
    bug = create_bug()
    Event.objects.bulk_create(Event(bug=bug, text=f"deed {number}.") for number in range(60))
    Received.objects.bulk_create(
        Received(bug=bug, message_id=f"<{number}>", subject=f"letter {number}.", state="ignored")
        for number in range(60)
    )
    html = client.get(bug.get_absolute_url()).text
    for what in ("deed", "letter"):
        shown = re.findall(rf"{what} (\d+)", html)
        assert shown == [str(number) for number in reversed(range(10, 60))]
    assert f"/api/v1/bugs/{bug.pk}/events" in html
