"""Notes on bugs: who writes and deletes them, and that they are no HTML of strangers."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb.models import Bug, Note, Tree
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
