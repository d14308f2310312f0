"""The calls that change something: what they do, for whom, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from bisectweb.models import (
    ApiToken,
    Bisection,
    Bug,
    Crash,
    Culprit,
    Event,
    Message,
    Priority,
    Tree,
)
from tests.bisectweb.calling import API, post, program
from tests.bisectweb.logs import cause_log
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
)

pytestmark = pytest.mark.django_db

HIGH = Priority.HIGH
CONSOLE = """\
[   12.000000][   T99] ------------[ cut here ]------------
[   12.000001][   T99] WARNING: CPU: 1 PID: 99 at mm/slab.c:10 kfree+0x10/0x20
[   12.000002][   T99] Modules linked in:
[   12.000003][   T99] CPU: 1 PID: 99 Comm: repro Not tainted 6.12.0 #1
[   12.000004][   T99] RIP: 0010:kfree+0x10/0x20
[   12.000005][   T99] Call Trace:
[   12.000006][   T99]  <TASK>
[   12.000007][   T99]  vfs_write+0x10/0x20
[   12.000008][   T99]  ksys_write+0x10/0x20
[   12.000009][   T99]  do_syscall_64+0x10/0x20
[   12.000010][   T99]  </TASK>
[   12.000011][   T99] ---[ end trace 0000000000000000 ]---
"""


@pytest.fixture
def keeper(member: User) -> User:
    """The maintainer of every tree that `kept_tree` makes."""
    return member


def kept_tree(keeper: User) -> Tree:
    return create_tree(maintainers=keeper.email)


def told(tree: Tree, **more: Any) -> dict[str, Any]:
    """A bug as a program files it."""
    return {
        "tree": tree.pk,
        "title": "WARNING in kfree",
        "commit": "v6.12",
        "config": "CONFIG_X=y\n",
        "reproducer": "int main(void) { return 0; }\n",
        **more,
    }


def test_a_bug_is_filed(member: User) -> None:
    answer = post(program(member, "file"), "bugs", **told(create_tree()))
    assert answer.status_code == 201
    bug = Bug.objects.get()
    facts = answer.json()
    assert (facts["id"], facts["title"]) == (bug.pk, "WARNING in kfree")
    assert facts["crash"]["config"] == "CONFIG_X=y\n"
    assert facts["bisections"] == []
    assert bug.reporter == member
    assert Event.objects.get().actor == member


def test_a_bug_is_filed_and_its_search_starts_at_once(member: User) -> None:
    search = {"kind": "fix", "strategy": "classic", "runs": 7, "good": "v6.13", "minimise": False}
    body = told(create_tree(), search=search)
    refused = post(program(member, "file"), "bugs", **body)
    assert refused.status_code == 403
    assert refused.json()["error"] == "This token lacks the scope `bisect`."
    assert not Bug.objects.exists()
    [facts] = post(program(member), "bugs", **body).json()["bisections"]
    bisection = Bisection.objects.get()
    assert facts["id"] == bisection.pk
    assert (bisection.kind, bisection.strategy, bisection.runs) == ("fix", "classic", 7)
    assert (bisection.asked_good, bisection.minimise) == ("v6.13", False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"commit": "--upload-pack=evil"}, "commit"),
        ({"tree": 10**6}, "tree"),
        ({"config": ""}, "config"),
        ({"bits": 16}, "body.body.bits"),
        ({"title": ""}, "title"),
        ({"procs": "many"}, "body.body.procs"),
    ],
)
def test_what_the_form_refuses_the_call_refuses(
    member: User, wrong: dict[str, Any], field: str
) -> None:
    answer = post(program(member), "bugs", **told(create_tree()) | wrong)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert not Bug.objects.exists()


def test_a_console_log_alone_is_a_crash_with_a_title(member: User) -> None:
    bug = create_bug()
    answer = post(program(member), f"bugs/{bug.pk}/crashes", commit="v6.12", console=CONSOLE)
    assert answer.status_code == 201
    crash = Crash.objects.get()
    assert (crash.title, crash.commit) == ("WARNING in vfs_write", "v6.12")
    assert "vfs_write+0x10/0x20" in crash.report
    assert answer.json()["missing"] == ["a kernel config", "a reproducer"]
    assert Event.objects.get().text == "added a crash at v6.12"


def test_the_same_crash_is_added_once(member: User) -> None:
    bug, client = create_bug(), program(member)
    crash = {"commit": "v6.12", "console": CONSOLE}
    first = post(client, f"bugs/{bug.pk}/crashes", **crash)
    again = post(client, f"bugs/{bug.pk}/crashes", **crash)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = post(client, f"bugs/{bug.pk}/crashes", **crash | {"commit": "v6.13"})
    assert other.status_code == 201
    assert Crash.objects.count() == 2
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("crash", "field"),
    [
        ({}, "__all__"),
        ({"console": "all is well\n"}, "console"),
        ({"config": "CONFIG_X=y\n"}, "__all__"),
        ({"reproducer": "x", "bits": 32, "config": "CONFIG_X=y\n"}, "bits"),
    ],
)
def test_what_is_no_crash_is_refused(member: User, crash: dict[str, Any], field: str) -> None:
    bug = create_bug()
    answer = post(program(member), f"bugs/{bug.pk}/crashes", commit="v6.12", **crash)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert not Crash.objects.exists()


def test_a_maintainer_starts_and_cancels_a_bisection(keeper: User) -> None:
    crash = create_crash(bug=create_bug(tree=kept_tree(keeper)))
    client = program(keeper, "bisect")
    wanted = {"kind": "cause", "good": "v6.1", "bad": "v6.12", "priority": "high"}
    answer = post(client, f"crashes/{crash.pk}/bisections", **wanted)
    assert answer.status_code == 201
    bisection = Bisection.objects.get()
    assert (bisection.asked_good, bisection.asked_bad) == ("v6.1", "v6.12")
    assert bisection.priority == HIGH
    assert bisection.created_by == keeper
    answer = post(client, f"bisections/{bisection.pk}/cancel")
    assert answer.json()["state"] == "cancelled"
    assert post(client, f"bisections/{bisection.pk}/cancel").json() == answer.json()


def test_a_crash_of_a_log_is_given_what_it_lacks(member: User) -> None:
    nowhere = create_tree(url="", name="imported")
    crash = create_crash(bug=create_bug(tree=nowhere), config="", reproducer="")
    tree, client = create_tree(), program(member, "file")
    address = f"crashes/{crash.pk}/complete"
    given = {"config": "CONFIG_X=y\n", "reproducer": "int main(void) { return 0; }\n"}
    assert list(post(client, address, **given).json()["fields"]) == ["tree"]
    answer = post(client, address, **given, tree=tree.pk)
    assert (answer.status_code, answer.json()["missing"]) == (200, [])
    assert Bug.objects.get().tree == tree
    assert post(client, address, config="x", reproducer="y").json() == answer.json()
    assert Event.objects.get().actor == member
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    assert post(client, address, **given).status_code == 404


def test_one_script_shows_a_crash(client: Client) -> None:
    crash = create_crash(bug=create_bug(tree=create_tree()))
    script = client.get(f"{API}/crashes/{crash.pk}/run.sh")
    assert script.text == client.get(f"/bugs/{crash.bug_id}/run.sh").text
    assert script.text.startswith("#!")
    lacking = create_crash(config="")
    assert client.get(f"{API}/crashes/{lacking.pk}/run.sh").status_code == 404


def test_a_crash_that_cannot_be_run_starts_nothing(keeper: User) -> None:
    crash = create_crash(bug=create_bug(tree=kept_tree(keeper)), config="")
    answer = post(program(keeper), f"crashes/{crash.pk}/bisections")
    assert answer.status_code == 422
    assert "it lacks a kernel config" in answer.json()["error"]


def test_a_culprit_is_judged_and_a_result_marked_invalid(keeper: User) -> None:
    tree = kept_tree(keeper)
    bisection = create_bisection(crash=create_crash(bug=create_bug(tree=tree)), state="found")
    create_culprit(bisection=bisection)
    client = program(keeper, "bisect")
    said = {"verdict": "wrong", "reason": "it is a rename", "real": "1234567"}
    facts = post(client, f"bisections/{bisection.pk}/judge", **said).json()["culprit"]
    assert (facts["verdict"], facts["verdict_reason"], facts["real"]) == tuple(said.values())
    assert Culprit.objects.get().verdict_by == keeper.username
    answer = post(client, f"bisections/{bisection.pk}/invalidate", reason="a broken machine")
    assert answer.json()["invalid_reason"] == "a broken machine"


def test_a_mail_is_approved_as_it_was_seen(keeper: User) -> None:
    mail = create_message(bug=create_bug(tree=kept_tree(keeper)))
    client = program(keeper, "read", "approve")
    seen = client.get(f"{API}/messages/{mail.pk}").json()["seen"]
    assert post(client, f"messages/{mail.pk}/approve", seen="x").status_code == 422
    answer = post(client, f"messages/{mail.pk}/approve", seen=seen)
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("approved", keeper.username)
    assert post(client, f"messages/{mail.pk}/approve", seen=seen).status_code == 422
    answer = post(client, f"messages/{mail.pk}/cancel", reason="not yet")
    assert answer.json()["state"] == Message.State.CANCELLED


def test_who_sees_a_row_and_may_not_change_it_is_refused(member: User) -> None:
    found = create_culprit().bisection
    mail = create_message(bisection=found)
    client = program(member)
    calls: dict[str, dict[str, Any]] = {
        f"crashes/{found.crash_id}/bisections": {},
        f"bisections/{found.pk}/cancel": {},
        f"bisections/{found.pk}/invalidate": {"reason": "x"},
        f"bisections/{found.pk}/judge": {"verdict": "wrong", "reason": "x"},
        f"messages/{mail.pk}/approve": {"seen": "x"},
        f"messages/{mail.pk}/cancel": {"reason": "x"},
    }
    for call, body in calls.items():
        answer = post(client, call, **body)
        assert (answer.status_code, "maintainers" in answer.json()["error"]) == (403, True)
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    calls[f"bugs/{found.bug_id}/crashes"] = {"commit": "v1", "console": CONSOLE}
    for call, body in calls.items():
        assert post(client, call, **body).status_code == 404
    private = told(Tree.objects.get())
    assert list(post(client, "bugs", **private).json()["fields"]) == ["tree"]


def upload(text: str, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def test_logs_are_imported(member: User) -> None:
    client = program(member, "file")
    logs = [upload(cause_log(), "a.txt"), upload("nothing", "b.txt")]
    good, bad = client.post(f"{API}/logs", {"logs": logs, "bug_title": "a bug"}).json()
    bisection = Bisection.objects.get()
    url = bisection.get_absolute_url()
    assert good == {
        "name": "a.txt",
        "bisection": bisection.pk,
        "url": url,
        "new": True,
        "error": "",
    }
    assert (bad["bisection"], bad["new"]) == (None, False)
    assert bad["error"].startswith("this is no bisection log")
    assert (bisection.bug.title, bisection.created_by) == ("a bug", member)
    [again] = client.post(f"{API}/logs", {"logs": upload(cause_log(), "c.txt")}).json()
    assert (again["bisection"], again["new"]) == (bisection.pk, False)
    assert client.post(f"{API}/logs", {}).status_code == 422


def test_a_session_changes_nothing(member_client: Client) -> None:
    answer = post(member_client, "bugs", **told(create_tree()))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "/account/tokens/" in answer.json()["error"]
    assert member_client.post(f"{API}/logs", {"logs": upload("x", "x")}).status_code == 401


def test_a_token_reads_what_its_person_sees(client: Client, member: User) -> None:
    bug = create_bug(tree=create_tree(seen_by=Tree.SeenBy.SIGNED_IN))
    assert client.get(f"{API}/bugs/{bug.pk}").status_code == 404
    assert program(member, "read").get(f"{API}/bugs/{bug.pk}").status_code == 200
    assert program(member, "read").get(f"/bugs/{bug.pk}.json").status_code == 200
    assert program(member, "file").get(f"{API}/bugs/{bug.pk}").status_code == 403


@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "Basic eDp5", "x", ""])
def test_what_is_no_token_is_refused_even_where_none_is_needed(client: Client, header: str) -> None:
    answer = client.get(f"{API}/bugs", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "/account/tokens/" in answer.json()["error"]


def test_a_token_ends_with_its_time_its_revocation_or_its_account(member: User) -> None:
    calls = []
    for _ in range(3):
        client = program(member)
        assert client.get(f"{API}/bugs").status_code == 200
        calls.append((ApiToken.objects.latest("pk"), client))
    (old, late), (row, revoked), (_, kept) = calls
    ApiToken.objects.filter(pk=old.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert late.get(f"{API}/bugs").status_code == 401
    assert row.revoke()
    assert not row.revoke()
    assert revoked.get(f"{API}/bugs").status_code == 401
    assert kept.get(f"{API}/bugs").status_code == 200
    User.objects.update(is_active=False)
    assert kept.get(f"{API}/bugs").status_code == 401


def test_the_last_use_is_noted_once_a_minute(member: User) -> None:
    client = program(member)
    token = ApiToken.objects.get()
    client.get(f"{API}/bugs")
    first = ApiToken.objects.get().used
    assert first
    client.get(f"{API}/bugs")
    assert ApiToken.objects.get().used == first
    earlier = first - timedelta(minutes=2)
    ApiToken.objects.filter(pk=token.pk).update(used=earlier)
    client.get(f"{API}/bugs")
    assert ApiToken.objects.get().used != earlier


def test_a_loop_of_changes_is_slowed_down(member: User, settings: Settings) -> None:
    settings.API_WRITES = 0
    client = program(member)
    answer = post(client, "bugs", **told(create_tree()))
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert client.get(f"{API}/bugs").status_code == 200
