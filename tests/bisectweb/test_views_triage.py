"""What keepers of a tree say of its bugs on their pages, as by mail."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from bisectweb.models import Bug
from tests.factories import create_bisection, create_bug, create_tree

pytestmark = pytest.mark.django_db


def say(client: Client, bug: Bug, deed: str, value: str = "") -> Bug:
    client.post(reverse("bug-triage", args=[bug.pk]), {"deed": deed, "value": value})
    return Bug.objects.get(pk=bug.pk)


def told(bug: Bug) -> list[str]:
    return list(bug.events.values_list("text", flat=True))


def test_each_thing_can_be_said_and_is_in_the_history(
    admin_client: Client, admin_user: User
) -> None:
    tree = create_tree()
    bug, other = create_bug(tree=tree), create_bug(tree=tree, title="WARNING in other")
    assert say(admin_client, bug, "fix", " mm:  free it once ").fix == "mm: free it once"
    assert say(admin_client, bug, "unfix").state == Bug.State.OPEN
    assert say(admin_client, bug, "dup", "WARNING in other").duplicate_of == other
    assert say(admin_client, bug, "undup").duplicate_of is None
    assert say(admin_client, bug, "prio", "high").priority == "high"
    assert say(admin_client, bug, "subsystems", "net , mm,net").subsystems == "net, mm"
    assert say(admin_client, bug, "subsystems").subsystems == ""
    assert told(bug)[-1] == "fixed by: mm: free it once"
    assert {event.actor for event in bug.events.all()} == {admin_user}
    assert len(told(bug)) == 7


def test_who_says_that_it_is_no_bug_stops_its_bisections(admin_client: Client) -> None:
    bisection = create_bisection()
    assert say(admin_client, bisection.bug, "invalid").state == Bug.State.INVALID
    bisection.refresh_from_db()
    assert bisection.state == "cancelled"


def test_that_it_is_no_bug_is_taken_back_and_what_was_stopped_stays_so(
    admin_client: Client,
) -> None:
    bisection = create_bisection()
    say(admin_client, bisection.bug, "invalid")
    assert say(admin_client, bisection.bug, "valid").state == Bug.State.OPEN
    bisection.refresh_from_db()
    assert bisection.state == "cancelled"
    assert told(bisection.bug)[0] == "a bug after all, open again; what was stopped stays so"
    assert "what was stopped stays so" in admin_client.get(bisection.bug.get_absolute_url()).text


@pytest.mark.parametrize(
    ("deed", "value", "state"),
    [("fix", "mm: free it once", "fixed"), ("dup", "WARNING in other", "duplicate")],
)
def test_what_was_said_before_it_was_no_bug_counts_again(
    admin_client: Client, deed: str, value: str, state: str
) -> None:
    bug = create_bug()
    create_bug(tree=bug.tree, title="WARNING in other")
    for one in (deed, "invalid"):
        say(admin_client, bug, one, value)
    assert say(admin_client, bug, "valid").state == state


def test_a_bug_has_another_title_and_is_found_by_it(admin_client: Client) -> None:
    bug = create_bug(title="WARNING in kfree")
    assert say(admin_client, bug, "title", " KASAN:  double-free ").title == "KASAN: double-free"
    assert told(bug) == ['called "KASAN: double-free", no longer "WARNING in kfree"']
    found = admin_client.get(reverse("bug-list"), {"q": "double-free"})
    assert bug.get_absolute_url() in found.text


@pytest.mark.parametrize(
    ("deed", "value", "words"),
    [
        ("fix", "", "Say which title"),
        ("dup", "no such", "No other bug of this tree"),
        ("unfix", "", "not said to be fixed"),
        ("valid", "", "not said to be none"),
        ("title", " ", "Say which title"),
        ("title", "x" * 301, "at most 300"),
        ("prio", "urgent", "low, normal or high"),
        ("subsystems", "<script>", "letters, digits"),
        ("delete", "", "Select a valid choice"),
    ],
)
def test_what_cannot_be_said_changes_nothing(
    admin_client: Client, deed: str, value: str, words: str
) -> None:
    bug = create_bug()
    page = admin_client.post(reverse("bug-triage", args=[bug.pk]), {"deed": deed, "value": value})
    assert page.status_code == 422
    assert words in page.text
    assert f'value="{escape(value)}"' in page.text or not value
    assert told(bug) == []


def test_only_keepers_of_the_tree_say_anything(client: Client, member: User) -> None:
    bug = create_bug(tree=create_tree(maintainers="other@kernel.invalid"))
    assert say(client, bug, "fix", "x").state == Bug.State.OPEN
    client.force_login(member)
    action = reverse("bug-triage", args=[bug.pk])
    assert client.post(action, {"deed": "invalid"}).status_code == 403
    assert action not in client.get(bug.get_absolute_url()).text
    bug.tree.maintainers = member.email
    bug.tree.save()
    assert action in client.get(bug.get_absolute_url()).text
    assert say(client, bug, "invalid").state == Bug.State.INVALID
