"""The JSON that programs made for syzbot's dashboard read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bisectweb.models import Bisection, Bug, Culprit, Message, Score, Tree
from runner.verification import Part, Result
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
)

pytestmark = pytest.mark.django_db

SITE = "http://localhost:8000"
PASSED = [{"name": Part.CULPRIT, "result": Result.PASSED, "words": "it crashes"}]
FAILED = [{"name": Part.PARENT, "result": Result.FAILED, "words": "its parent crashes, too"}]


def create_sure(**fields: Any) -> Culprit:
    """A culprit that nothing speaks against."""
    crash = create_crash(bug=create_bug(title="WARNING in kfree"), report="oops\n")
    bisection = create_bisection(crash=crash, state="found")
    Score.objects.create(bisection=bisection, verdict="trust", probability=0.99)
    return create_culprit(**{"bisection": bisection, "checks": PASSED, **fields})


def told(client: Client, bug: Bug) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{bug.get_absolute_url()}?json=1").json()
    return answer


def test_lists_are_by_state(client: Client) -> None:
    tree = create_tree(name="upstream")
    create_bug(title="opened", tree=tree)
    fixed = create_bug(title="closed", state="fixed", fix="mm: free it once", tree=tree)
    create_bug(title="elsewhere")
    answer = client.get("/?json=1&state=fixed").json()
    fix = {"title": "mm: free it once", "repo": tree.url, "branch": tree.branch}
    link = SITE + fixed.get_absolute_url()
    assert answer == {
        "version": 1,
        "Bugs": [{"title": "closed", "link": link, "fix-commits": [fix]}],
    }
    names = [bug["title"] for bug in client.get("/?json=1").json()["Bugs"]]
    assert names == ["elsewhere", "opened"]
    of_tree = client.get(f"{tree.get_absolute_url()}?json=1").json()["Bugs"]
    assert [bug["title"] for bug in of_tree] == ["opened"]
    assert client.get("/?json=1&state=invalid").json()["Bugs"] == []
    assert "<html" in client.get("/?json=0").text


def test_a_bug_has_its_crashes_and_its_cause(client: Client) -> None:
    culprit = create_sure()
    bug, crash = culprit.bisection.bug, culprit.bisection.crash
    answer = told(client, bug)
    assert (answer["version"], answer["id"], answer["status"]) == (1, str(bug.pk), "open")
    assert answer["cause-commit"] == {
        "title": culprit.subject,
        "link": SITE + culprit.bisection.get_absolute_url(),
        "hash": culprit.sha,
        "repo": bug.tree.url,
        "branch": "master",
        "date": "2024-11-03T12:30:00Z",
    }
    [shown] = answer["crashes"]
    assert shown["kernel-source-commit"] == crash.commit
    assert shown["architecture"] == "amd64"
    assert client.get(shown["c-reproducer"].removeprefix(SITE)).text == crash.reproducer
    assert client.get(shown["kernel-config"].removeprefix(SITE)).text == crash.config
    assert client.get(shown["crash-report-link"].removeprefix(SITE)).text == "oops\n"
    assert answer["first-crash"] == answer["last-crash"]


@pytest.mark.parametrize(
    ("culprit", "bisection", "score", "word"),
    [
        ({"is_merge": True}, {}, "trust", "merge"),
        ({"confidence": 0.5}, {}, "trust", "confidence"),
        ({"checks": FAILED}, {}, "trust", "parent crashes"),
        ({"checks": []}, {}, "trust", "verified"),
        ({}, {}, "doubt", "score"),
        ({}, {"imported": True}, "doubt", "score"),
    ],
)
def test_a_doubted_culprit_is_no_plain_cause(
    client: Client,
    culprit: dict[str, Any],
    bisection: dict[str, Any],
    score: str,
    word: str,
) -> None:
    found = create_sure(**culprit)
    Bisection.objects.update(**{"state": "found", **bisection})
    Score.objects.update(verdict=score)
    answer = told(client, found.bisection.bug)
    assert "cause-commit" not in answer
    assert answer["doubted-cause-commit"]["hash"] == found.sha
    assert word in " ".join(answer["doubted-cause-commit"]["doubts"])


def test_a_person_who_confirms_it_ends_the_doubts(client: Client) -> None:
    found = create_sure(is_merge=True, verdict="confirmed")
    assert told(client, found.bisection.bug)["cause-commit"]["hash"] == found.sha


def test_what_was_taken_back_and_fixes_are_no_cause(client: Client) -> None:
    wrong = create_sure(verdict="wrong")
    invalid, fix = create_sure(), create_sure()
    Bisection.objects.filter(pk=invalid.bisection_id).update(invalidated=timezone.now())
    Bisection.objects.filter(pk=fix.bisection_id).update(kind="fix")
    for culprit in (wrong, invalid, fix):
        assert (
            not {"cause-commit", "doubted-cause-commit"}
            & told(client, culprit.bisection.bug).keys()
        )


def test_an_earlier_bisection_of_the_cause_counts_when_the_latest_was_taken_back(
    client: Client,
) -> None:
    first = create_sure()
    again = create_bisection(crash=first.bisection.crash, state="found")
    create_culprit(bisection=again, verdict="wrong")
    assert told(client, first.bisection.bug)["cause-commit"]["hash"] == first.sha


def test_private_bugs_are_not_listed(client: Client) -> None:
    bug = create_bug(tree=create_tree(seen_by=Tree.SeenBy.KEEPERS))
    assert client.get("/?json=1").json()["Bugs"] == []
    for page in (bug, bug.tree):
        assert client.get(f"{page.get_absolute_url()}?json=1").status_code == 404


def test_a_long_list_has_a_next_part(client: Client) -> None:
    tree = create_tree()
    Bug.objects.bulk_create(Bug(tree=tree, title=f"number {n}") for n in range(1003))
    first = client.get("/?json=1").json()
    rest = client.get(first["next"]).json()
    titles = [bug["title"] for bug in [*first["Bugs"], *rest["Bugs"]]]
    assert titles == [f"number {n}" for n in range(1002, -1, -1)]
    assert "next" not in rest


def is_time(value: object) -> bool:
    """As Go's `time.Time` reads it: RFC 3339, with a zone."""
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def is_text(value: object) -> bool:
    return isinstance(value, str)


COMMIT = dict.fromkeys(("title", "link", "hash", "repo", "branch"), is_text) | {"date": is_time}
CRASH = dict.fromkeys(
    (
        *("title", "syz-reproducer", "c-reproducer", "kernel-config", "kernel-source-git"),
        *("kernel-source-commit", "syzkaller-git", "syzkaller-commit", "compiler-description"),
        *("architecture", "crash-report-link"),
    ),
    is_text,
)
BUG = {
    "version": lambda value: value == 1,
    **dict.fromkeys(("title", "id", "link", "status"), is_text),
    **dict.fromkeys(("first-crash", "last-crash", "fix-time", "close-time"), is_time),
    "fix-commits": lambda value: all(is_as(one, COMMIT) for one in value),
    "cause-commit": lambda value: is_as(value, COMMIT),
    "discussions": lambda value: all(map(is_text, value)),
    "crashes": lambda value: all(is_as(one, CRASH) for one in value),
}
"""The types of syzkaller's `dashboard/api`, by the names that they have in JSON."""
OURS = {"doubted-cause-commit"}


def is_as(value: dict[str, Any], kinds: Mapping[str, Callable[[Any], bool]]) -> bool:
    """Whether a client's types take it: what a client does not know it leaves out."""
    known = value.keys() & kinds.keys()
    return value.keys() - known <= OURS and all(kinds[name](value[name]) for name in known)


def test_a_client_made_for_syzbot_walks_from_the_list_to_what_it_downloads(client: Client) -> None:
    found = create_sure().bisection
    create_bug(state="fixed", fix="mm: free it once", tree=found.bug.tree)
    create_message(bisection=found, state="sent")
    for state in ("open", "fixed"):
        group = client.get(f"/?json=1&state={state}").json()
        assert (group["version"], len(group["Bugs"])) == (1, 1)
        for short in group["Bugs"]:
            assert is_as(short, BUG)
            bug = client.get(f"{short['link'].removeprefix(SITE)}?json=1").json()
            assert is_as(bug, BUG)
            assert bug.items() >= {"title": short["title"], "link": short["link"]}.items()
    bug = told(client, found.bug)
    links = [value for crash in bug["crashes"] for value in crash.values() if SITE in value]
    assert len(links) == 3
    for link in (*links, bug["cause-commit"]["link"], *bug["discussions"]):
        assert client.get(link.removeprefix(SITE)).status_code == 200


def test_a_discussion_is_the_thread_of_mails_that_left_or_came(client: Client) -> None:
    bug = create_bug()
    create_message(bug=bug)
    assert told(client, bug)["discussions"] == []
    Message.objects.update(state=Message.State.SENT)
    [link] = told(client, bug)["discussions"]
    page, _, place = link.removeprefix(SITE).partition("#")
    assert f'id="{place}"' in client.get(page).text
