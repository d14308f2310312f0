"""The levers of the pages, pulled by programs: the same, within their scopes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from bisectweb.models import Bisection, Bug, Culprit, Event, Message, Stop, Tree
from bisectweb.outbound import emails
from tests.bisectweb.calling import API, post, program
from tests.factories import (
    create_bisection,
    create_bug,
    create_culprit,
    create_message,
    create_tree,
    create_worker,
    people,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(member: User) -> Bisection:
    """With its culprit, of a tree that `member` maintains."""
    bisection = create_culprit().bisection
    Tree.objects.update(maintainers=member.email)
    bisection.refresh_from_db()
    return bisection


def told() -> list[str]:
    """The audit trail, the newest first."""
    return list(Event.objects.values_list("text", flat=True))


def test_a_tree_is_paused_and_resumed_once(member: User, found: Bisection) -> None:
    tree, client = found.bug.tree, program(member, "operate")
    for _ in range(2):
        facts = post(client, f"trees/{tree.name}/pause", reason="the mirror is broken").json()
        assert (facts["pause_reason"], facts["paused_by"]) == ("the mirror is broken", "member")
    for _ in range(2):
        assert post(client, f"trees/{tree.name}/resume").json()["paused"] is None
    assert told() == ["resumed the tree", "paused the tree: the mirror is broken"]
    events = program(member, "read").get(f"{API}/trees/{tree.name}/events").json()["items"]
    assert [one["text"] for one in events] == told()


def test_a_tree_with_strokes_in_its_name_is_there_too(member: User) -> None:
    create_tree(name="net/next", maintainers=member.email)
    client = program(member)
    assert client.get(f"{API}/trees/net/next").json()["name"] == "net/next"
    assert client.get(f"{API}/trees/net/next/failed").json() == []
    assert client.get("/trees/net/next.json").json()["name"] == "net/next"
    assert post(client, "trees/net/next/pause", reason="x").json()["paused"]


def test_admins_drain_workers(admin_user: User, member: User) -> None:
    worker = create_worker(name="builder")
    client = program(admin_user)
    for _ in range(2):
        facts = post(client, f"workers/{worker.pk}/drain", reason="a new disk").json()
        assert (facts["drained_by"], facts["drain_reason"]) == ("admin", "a new disk")
    assert Client().get(f"{API}/workers").json()[0]["drained_by"] is None
    assert post(client, f"workers/{worker.pk}/undrain").json()["drained"] is None
    events = client.get(f"{API}/workers/events").json()["items"]
    assert [(one["worker"], one["text"]) for one in events] == [
        ("builder", text) for text in told()
    ]
    others = program(member)
    assert others.get(f"{API}/workers/events").json()["items"] == []
    assert post(others, f"workers/{worker.pk}/drain", reason="x").status_code == 403
    assert post(others, "workers/99/undrain").status_code == 403
    assert post(client, "workers/99/undrain").status_code == 404


def test_what_failed_goes_on_one_by_one_or_together(member: User, found: Bisection) -> None:
    tree, client = found.bug.tree, program(member, "read", "bisect")
    failed = [
        create_bisection(crash=found.crash, state="failed", reason=f"disk full {n % 2}")
        for n in range(3)
    ]
    groups = client.get(f"{API}/trees/{tree.name}/failed").json()
    assert [one["reason"] for one in groups] == ["disk full 0", "disk full 1"]
    assert groups[0]["bisections"] == [failed[2].pk, failed[0].pk]
    for _ in range(2):
        assert post(client, f"bisections/{failed[1].pk}/requeue").json()["state"] == "queued"
    seen = {"bisections": [one.pk for one in failed] + [found.pk]}
    assert post(client, f"trees/{tree.name}/requeue", **seen).json() == {"count": 2}
    assert post(client, f"trees/{tree.name}/requeue", **seen).json() == {"count": 0}
    assert post(client, f"trees/{tree.name}/requeue", bisections=[]).status_code == 422
    assert len([text for text in told() if "go on" in text]) == 3


def test_what_waits_is_given_another_priority(member: User, found: Bisection) -> None:
    waiting, client = create_bisection(crash=found.crash), program(member, "bisect")
    for _ in range(2):
        facts = post(client, f"bisections/{waiting.pk}/priority", priority="high").json()
        assert facts["priority"] == "high"
    assert len(told()) == 1
    assert post(client, f"bisections/{found.pk}/priority", priority="low").json()["priority"] == (
        "normal"
    )
    assert post(client, f"bisections/{waiting.pk}/priority", priority="4").status_code == 422


def test_what_was_said_of_a_result_is_taken_back(member: User, found: Bisection) -> None:
    client, why = program(member, "bisect"), {"reason": "a slip"}
    post(client, f"bisections/{found.pk}/judge", verdict="confirmed", reason="the revert helps")
    post(client, f"bisections/{found.pk}/invalidate", reason="a broken machine")
    for _ in range(2):
        facts = post(client, f"bisections/{found.pk}/unjudge", **why).json()
        assert (facts["culprit"]["verdict"], facts["invalid_reason"]) == ("", "a broken machine")
    for _ in range(2):
        facts = post(client, f"bisections/{found.pk}/revalidate", **why).json()
        assert (facts["invalidated"], facts["invalid_reason"]) == (None, "")
    assert len(told()) == 4


def test_a_bug_is_triaged_as_on_its_page(member: User, found: Bisection) -> None:
    bug, client = found.bug, program(member, "bisect")
    create_bug(tree=bug.tree, title="WARNING in other")
    said: list[tuple[dict[str, str], str, object]] = [
        ({"deed": "fix", "value": " mm:  free it once"}, "fix", "mm: free it once"),
        ({"deed": "unfix"}, "state", "open"),
        ({"deed": "dup", "value": "WARNING in other"}, "state", "duplicate"),
        ({"deed": "undup"}, "duplicate_of", None),
        ({"deed": "subsystems", "value": "net, mm"}, "subsystems", ["net", "mm"]),
        ({"deed": "prio", "value": "high"}, "priority", "high"),
        ({"deed": "invalid"}, "state", "invalid"),
        ({"deed": "valid"}, "state", "open"),
        ({"deed": "title", "value": "WARNING in kfree"}, "title", "WARNING in kfree"),
    ]
    for body, field, value in said:
        assert post(client, f"bugs/{bug.pk}/triage", **body).json()[field] == value
    assert set(Event.objects.filter(bug=bug).values_list("actor", flat=True)) == {member.pk}
    assert Event.objects.filter(bug=bug).count() == len(said)
    wrong = [{"deed": "delete"}, {"deed": "fix"}, {"deed": "undup"}, {"deed": "dup", "value": "x"}]
    for body in wrong:
        assert post(client, f"bugs/{bug.pk}/triage", **body).status_code == 422
    assert Event.objects.filter(bug=bug).count() == len(said)


def test_whom_a_mail_goes_to_is_changed(member: User, found: Bisection) -> None:
    [to, cc] = [one["address"] for one in people()]
    mail, client = create_message(bisection=found), program(member, "approve")
    address = f"messages/{mail.pk}/people"
    also = {"address": "new@kernel.invalid", "header": "to"}
    body = {"headers": {to: "cc", cc: "none"}, "also": also, "reason": "he asked"}
    facts = post(client, address, **body).json()
    assert [(one["address"], one["header"]) for one in facts["recipients"]] == [
        (to, "cc"),
        (also["address"], "to"),
    ]
    assert facts["recipients"][1]["reason"] == "added by member: he asked"
    assert post(client, address, reason="nothing").json()["recipients"] == facts["recipients"]
    refused = post(client, address, headers={"x@y.invalid": "cc"}, reason="x")
    assert refused.json()["error"] == "This mail does not go to x@y.invalid."
    assert list(post(client, address, also={"address": "x"}, reason="x").json()["fields"]) == [
        "address"
    ]
    seen = facts["seen"]
    assert post(client, f"messages/{mail.pk}/approve", seen=seen).json()["state"] == "approved"
    assert "approved" in post(client, address, reason="x").json()["error"]


def test_a_mail_of_which_nobody_knows_has_arrived_or_leaves_again(
    member: User, found: Bisection
) -> None:
    client = program(member, "approve")
    for lever, state in (("arrived", "sent"), ("again", "approved")):
        mail = create_message(bug=found.bug, state="unknown", begun=timezone.now())
        assert post(client, f"messages/{mail.pk}/{lever}").json()["state"] == state
        refused = post(client, f"messages/{mail.pk}/{lever}")
        assert (refused.status_code, state in refused.json()["error"]) == (422, True)


def test_a_mail_is_read_as_it_leaves(member: User, found: Bisection) -> None:
    mail = create_message(bisection=found)
    client = program(member, "read")
    assert client.get(f"{API}/messages/{mail.pk}/raw").content == emails.raw(mail)
    [told] = client.get(f"{API}/messages?state=awaiting&bug={found.bug_id}").json()["items"]
    assert (told["id"], told["tree"]) == (mail.pk, found.bug.tree.name)
    assert client.get(f"{API}/messages?state=sent").json()["items"] == []
    assert Client().get(f"{API}/messages/{mail.pk}/raw").status_code == 404


def test_admins_stop_all_mail_and_lift_that(admin_user: User, member: User) -> None:
    create_tree(maintainers=member.email)
    client, keeper = program(admin_user), program(member)
    for _ in range(2):
        facts = post(client, "stops", reason="a loop").json()
        assert (facts["by"], facts["reason"], facts["lifted"]) == ("admin", "a loop", None)
    [shown] = keeper.get(f"{API}/stops").json()["items"]
    assert (shown["by"], shown["reason"]) == ("admin", "")
    for address, body in (("stops", {"reason": "x"}), ("stops/lift", {})):
        assert post(keeper, address, **body).status_code == 403
    assert Stop.current()
    for _ in range(2):
        assert post(client, "stops/lift").status_code == 204
    [over] = client.get(f"{API}/stops").json()["items"]
    assert over["lifted_by"] == "admin"
    assert keeper.get(f"{API}/stops").json()["items"] == []
    assert Client().get(f"{API}/stops").json()["items"] == []


def levers(found: Bisection, mail: Message) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each with the scope that it takes, and what is sent."""
    of_it, tree, why = f"bisections/{found.pk}", f"trees/{found.bug.tree.name}", {"reason": "x"}
    return {
        f"{tree}/pause": ("operate", why),
        f"{tree}/resume": ("operate", {}),
        f"{tree}/requeue": ("bisect", {"bisections": [found.pk]}),
        f"{of_it}/requeue": ("bisect", {}),
        f"{of_it}/priority": ("bisect", {"priority": "low"}),
        f"{of_it}/unjudge": ("bisect", why),
        f"{of_it}/revalidate": ("bisect", why),
        f"bugs/{found.bug_id}/triage": ("bisect", {"deed": "invalid"}),
        f"messages/{mail.pk}/people": ("approve", why),
        f"messages/{mail.pk}/again": ("approve", {}),
        f"messages/{mail.pk}/arrived": ("approve", {}),
    }


def test_a_lever_is_for_keepers_with_its_scope_and_secret_with_its_tree(
    member: User, found: Bisection
) -> None:
    mail = create_message(bisection=found)
    rows: list[type[Any]] = [Bug, Bisection, Culprit, Message, Tree]
    every = {"read", "file", "bisect", "approve", "operate"}
    for seen_by, maintainers, status in (
        (Tree.SeenBy.EVERYBODY, member.email, 403),  # its scope is not among the token's
        (Tree.SeenBy.EVERYBODY, "", 403),
        (Tree.SeenBy.KEEPERS, "", 404),
    ):
        Tree.objects.update(seen_by=seen_by, maintainers=maintainers)
        before = [list(model.objects.values()) for model in rows]
        for address, (scope, body) in levers(found, mail).items():
            scopes = every - {scope} if maintainers else {scope}
            answer = post(program(member, *scopes), address, **body)
            assert (address, answer.status_code) == (address, status)
        assert [list(model.objects.values()) for model in rows] == before
    assert told() == []
