"""What people say of a bug, and the tests of their patches, by the API."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from bisectweb.models import Bug, Event, Note, PatchTest, Received, Tree
from tests.bisectweb.calling import API, post, program
from tests.factories import (
    CONSOLE,
    create_bug,
    create_message,
    create_patch_run,
    create_patch_test,
    create_tree,
)

pytestmark = pytest.mark.django_db


def test_a_patch_test_has_its_runs_and_their_consoles(client: Client) -> None:
    test = create_patch_test(known_crashes=3, known_runs=4)
    test.build_log.save("build.log", ContentFile("CC kernel/fork.o\n"))
    run = create_patch_run(patch_test=test)
    [short] = client.get(f"{API}/bugs/{test.bug_id}/patch-tests").json()["items"]
    assert client.get(short["patch"]).text == test.patch
    told = client.get(f"{API}/patch-tests/{short['id']}").json()
    assert told.items() >= short.items()
    assert told == client.get(f"/patch-tests/{test.pk}.json").json()
    assert told["summary"] == "the reproducer did not crash in 1 of 1 run with the patch."
    assert "the bug showed in 3 of 4 runs" in told["doubt"]
    [of_test] = told["runs"]
    whole = client.get(f"{API}/patch-runs/{run.pk}").json()
    assert whole.items() >= of_test.items()
    assert whole["patch_test"] == test.pk
    console = client.get(f"{API}/patch-runs/{run.pk}/console")
    assert console.getvalue().decode() == CONSOLE
    log = client.get(f"{API}/patch-tests/{test.pk}/build-log")
    assert log.getvalue() == b"CC kernel/fork.o\n"


def test_a_patch_test_that_goes_on_says_what_is_done(client: Client) -> None:
    test = create_patch_test(state="building", result="", patch="", activity="building abc")
    told = client.get(f"{API}/patch-tests/{test.pk}").json()
    assert (told["patch"], told["summary"], told["activity"]) == (None, "", "building abc")


def test_of_a_tree_that_the_reader_does_not_see_a_patch_test_is_silent(
    client: Client, admin_client: Client
) -> None:
    private = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    test = create_patch_test(tree=private)
    assert client.get(f"{API}/patch-tests/{test.pk}").json()["tree"] is None
    told = admin_client.get(f"{API}/patch-tests/{test.pk}").json()
    assert told["tree"]["name"] == private.name


def test_notes_are_written_read_and_deleted(member: User) -> None:
    bug, client = create_bug(), program(member, "read", "file")
    answer = post(client, f"bugs/{bug.pk}/notes", text=" It is **not** `kfree`.\n")
    assert answer.status_code == 201
    [told] = client.get(f"{API}/bugs/{bug.pk}/notes").json()["items"]
    assert told == answer.json()
    assert (told["author"], told["text"]) == (member.username, "It is **not** `kfree`.")
    assert client.delete(f"{API}/notes/{told['id']}").status_code == 204
    assert client.delete(f"{API}/notes/{told['id']}").status_code == 404
    assert not Note.objects.exists()
    assert Event.objects.filter(actor=member).count() == 2


@pytest.mark.parametrize("text", ["", " \x1c ", "\0", "x" * 10_001])
def test_a_note_that_says_nothing_or_too_much_is_refused(member: User, text: str) -> None:
    answer = post(program(member), f"bugs/{create_bug().pk}/notes", text=text)
    assert answer.status_code == 422
    assert not Note.objects.exists()


def test_a_note_is_deleted_by_its_author_and_by_keepers_only(member: User) -> None:
    author = User.objects.create_user("author")
    note = Note.objects.create(bug=create_bug(), author=author, text="mine")
    address = f"{API}/notes/{note.pk}"
    refused = program(member).delete(address)
    assert (refused.status_code, "author" in refused.json()["error"]) == (403, True)
    assert program(author, "read").delete(address).status_code == 403
    assert Client().delete(address).status_code == 401
    Tree.objects.update(maintainers=member.email)
    assert program(member).delete(address).status_code == 204


def test_a_thread_has_our_mails_and_theirs(client: Client, admin_client: Client) -> None:
    mail = create_message(state="sent")
    row = {"sender": "dev@kernel.invalid", "subject": "Re: it", "state": "done", "said": "fixed"}
    Received.objects.create(bug=mail.bug, message_id="<1@kernel.invalid>", **row)
    address = f"{API}/bugs/{mail.bug_id}/thread"
    theirs, ours = client.get(address).json()
    assert theirs.items() >= {"who": row["sender"], "subject": "Re: it", "said": "fixed"}.items()
    assert (ours["who"], ours["state"], ours["url"]) == ("we", "sent", None)
    assert admin_client.get(address).json()[1]["url"] == mail.get_absolute_url()


def test_duplicates_are_listed_as_far_as_they_are_seen(client: Client) -> None:
    bug = create_bug()
    seen = create_bug(tree=bug.tree, duplicate_of=bug, state=Bug.State.DUPLICATE)
    private = create_tree(seen_by=Tree.SeenBy.KEEPERS)
    create_bug(tree=private, duplicate_of=bug, state=Bug.State.DUPLICATE)
    told = client.get(f"{API}/bugs/{bug.pk}/duplicates").json()["items"]
    assert [one["id"] for one in told] == [seen.pk]


def test_what_is_said_of_a_private_bug_is_not_there(member: User) -> None:
    test = create_patch_test()
    run = create_patch_run(patch_test=test)
    note = Note.objects.create(bug=test.bug, author=member, text="mine")
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    client = program(member)
    for part in ("patch-tests", "notes", "thread", "duplicates", "events"):
        assert client.get(f"{API}/bugs/{test.bug_id}/{part}").status_code == 404
    for address in (
        *(f"patch-tests/{test.pk}{part}" for part in ("", "/patch", "/build-log")),
        *(f"patch-runs/{run.pk}{part}" for part in ("", "/console")),
    ):
        assert client.get(f"{API}/{address}").status_code == 404
    assert client.delete(f"{API}/notes/{note.pk}").status_code == 404
    assert post(client, f"bugs/{test.bug_id}/notes", text="x").status_code == 404
    assert PatchTest.objects.count() == 1
