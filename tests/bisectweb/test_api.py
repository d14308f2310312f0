"""The API: what it answers, to whom, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from bisectweb import weeks
from bisectweb.imports import import_log, import_tree
from bisectweb.listing import SORTS, in_order
from bisectweb.models import Bisection, Bug, Culprit, Event, Message, Score, Tree
from bisectweb.summaries import summarise
from tests.bisectweb.logs import cause_log
from tests.factories import (
    CONSOLE,
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_kernel,
    create_message,
    create_revision,
    create_run,
    create_standing,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def bisection() -> Bisection:
    """With one row of each kind around it."""
    culprit = create_culprit()
    found = culprit.bisection
    revision = create_revision(bisection=found, built=True, kernel=create_kernel())
    create_run(revision=revision, outcome="crash", title="WARNING in kfree", report="oops\n")
    create_message(bisection=found)
    Event.objects.create(bug=found.bug, text="filed the bug")
    create_worker(name="builder")
    weeks.count(found.pk)
    return found


def ids(client: Client, address: str) -> list[int]:
    return [one["id"] for one in client.get(address).json()["items"]]


def test_every_noun_has_its_list_and_each_row_its_own_address(
    client: Client, admin_client: Client, bisection: Bisection
) -> None:
    for noun in ("bugs", "bisections", "revisions"):
        [one] = client.get(f"{API}/{noun}").json()["items"]
        assert client.get(f"{API}/{noun}/{one['id']}").json()["id"] == one["id"]
    [kernel] = client.get(f"{API}/kernels").json()["items"]
    whole = client.get(f"{API}/kernels/{kernel['key']}").json()
    assert whole.items() >= kernel.items()
    assert [one["bisection"] for one in whole["revisions"]] == [bisection.pk]
    [tree] = client.get(f"{API}/trees").json()["items"]
    assert client.get(f"{API}/trees/{tree['name']}").json().items() >= tree.items()
    [crash] = client.get(f"{API}/bugs/{bisection.bug_id}/crashes").json()["items"]
    assert client.get(f"{API}/crashes/{crash['id']}").json().items() >= crash.items()
    [mail] = admin_client.get(f"{API}/messages").json()["items"]
    assert admin_client.get(f"{API}/messages/{mail['id']}").json().items() >= mail.items()
    [event] = client.get(f"{API}/bugs/{bisection.bug_id}/events").json()["items"]
    assert (event["text"], event["actor"]) == ("filed the bug", None)
    assert [one["name"] for one in client.get(f"{API}/workers").json()] == ["builder"]
    assert client.get(f"{API}/statistics").json()["everything"]["unjudged"] == 1


def test_a_run_has_its_report_and_is_short_in_its_bisection(
    client: Client, bisection: Bisection
) -> None:
    [revision] = client.get(f"{API}/bisections/{bisection.pk}").json()["revisions"]
    [short] = revision["runs"]
    assert "report" not in short
    run = client.get(f"{API}/runs/{short['id']}").json()
    assert run.items() >= short.items()
    assert run["report"] == "oops\n"
    assert (run["revision"], run["bisection"]) == (revision["id"], bisection.pk)


def test_what_was_believed_after_each_step_is_told(client: Client) -> None:
    found = import_log(cause_log().encode(), "x", tree=import_tree(), by=None).bisection
    assert found
    told = client.get(f"{API}/bisections/{found.pk}/standings").json()
    assert [one["number"] for one in told] == list(range(len(told)))
    assert len(told) > 2
    for one in told:
        assert sum(one["whole"]) + one["older"] + one["newer"] == pytest.approx(1, abs=0.01)
    assert told[-1]["suspects"][0]["probability"] > told[0]["suspects"][0]["probability"]


def test_each_step_is_told_in_the_words_of_the_page(client: Client) -> None:
    found = import_log(cause_log().encode(), "x", tree=import_tree(), by=None).bisection
    assert found
    page = client.get(found.get_absolute_url()).text
    told = client.get(f"{API}/bisections/{found.pk}/standings").json()
    heard = [one for step in told for one in step["heard"]]
    tested = {revision.pk for revision in found.revisions.all()}
    assert {one["revision"] for one in heard} <= tested
    for one in heard:
        assert one["moved"] in page
        assert escape(one["said"]) in page


def test_two_bisections_are_compared_as_on_their_page(client: Client) -> None:
    one = create_culprit().bisection
    other = create_bisection(crash=one.crash, state="inconclusive")
    create_revision(bisection=one, built=True, verdict="good")
    create_revision(bisection=other, built=True, verdict="bad")
    alone = create_revision(bisection=other, built=True, verdict="bad")
    address = f"{API}/bugs/{one.bug_id}/compare"
    told = client.get(f"{address}?one={one.pk}&other={other.pk}").json()
    assert (told["one"], told["other"]) == (one.pk, other.pk)
    [both] = told["both"]
    assert (both["is_contrary"], told["only_one"], told["only_other"]) == (True, [], [alone.pk])
    facts = {fact["name"]: (fact["one"], fact["other"]) for fact in told["facts"]}
    assert facts["State"] == ("Found", "Inconclusive")
    assert client.get(address).json()["one"] == other.pk
    other.delete()
    assert client.get(address).json() is None


def test_the_rules_of_today_are_asked(client: Client) -> None:
    found = import_log(cause_log().encode(), "x", tree=import_tree(), by=None).bisection
    assert found
    told = client.get(f"{API}/bisections/{found.pk}/today").json()
    verdicts = {row.pk: row.verdict for row in found.revisions.all() if row.is_evidence}
    assert {one["revision"]: one["verdict"] for one in told} == verdicts
    assert {one["today"] for one in told} <= {"good", "bad", "skip", ""}
    assert any(abs(one["odds"]) > 1 for one in told)


def test_what_was_taken_over_says_where_it_is_from(client: Client) -> None:
    first = create_run(revision=create_revision(built=True))
    source = first.revision
    again = create_bisection(crash=source.bisection.crash, taken_from=source.bisection)
    revision = create_revision(bisection=again, built=True, taken_from=source)
    create_run(revision=revision, taken_from=first)
    told = client.get(f"{API}/bisections/{again.pk}").json()
    assert told["taken_from"] == source.bisection_id
    [shown] = told["revisions"]
    assert (shown["taken_from"], shown["runs"][0]["taken_from"]) == (source.pk, first.pk)


def test_what_is_text_is_answered_as_text(client: Client, bisection: Bisection) -> None:
    crash = bisection.crash
    run = bisection.revisions.get().runs.get()
    texts = {
        f"crashes/{crash.pk}/config": crash.config,
        f"crashes/{crash.pk}/reproducer": crash.reproducer,
        f"crashes/{crash.pk}/report": "",
        f"bisections/{bisection.pk}/config": crash.config,
        f"runs/{run.pk}/console": CONSOLE,
    }
    for address, text in texts.items():
        answer = client.get(f"{API}/{address}")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.getvalue().decode() == text
    assert "testing commit" in client.get(f"{API}/bisections/{bisection.pk}/log").text


def test_a_list_has_pages_with_links_both_ways(client: Client) -> None:
    tree = create_tree()
    newest_first = [create_bug(tree=tree).pk for _ in range(5)][::-1]
    first = client.get(f"{API}/bugs?limit=2&tree={tree.name}").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    pages = [[one["id"] for one in page["items"]] for page in (first, second, third)]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert (first["previous"], third["next"]) == (None, None)
    assert ids(client, third["previous"]) == pages[1]
    assert ids(client, second["previous"]) == pages[0]
    assert client.get(second["previous"]).json()["previous"] is None


def sorted_bugs(count: int) -> None:
    """Of which some are alike in what lists are sorted by."""
    tree = create_tree(name="linux")
    now = timezone.now()
    for number in range(count):
        bug = create_bug(tree=tree, title=f"bug {number // 3}")
        alike = {"confidence": number // 4 / 3, "crash_count": number // 2}
        times = {"created": now - timedelta(hours=number // 5), "active": now}
        Bug.objects.filter(pk=bug.pk).update(**alike, **times)


@pytest.mark.parametrize("sort", [f"{sign}{key}" for key in SORTS for sign in ("", "-")])
def test_the_bugs_are_sorted_as_their_page_is_and_pages_leave_none_out(
    client: Client, sort: str
) -> None:
    sorted_bugs(13)
    wanted = [bug.pk for bug in in_order(Bug.objects.all(), sort)]
    pages, address = [], f"{API}/bugs?sort={sort}&limit=4&tree=linux"
    while address:
        pages.append(client.get(address).json())
        address = pages[-1]["next"]
    assert [one["id"] for page in pages for one in page["items"]] == wanted
    back = [client.get(page["previous"]).json()["items"] for page in pages[1:]]
    assert back == [page["items"] for page in pages[:-1]]


@pytest.mark.parametrize(
    ("sort", "at"),
    [
        *(("active", at) for at in ("", "yesterday", "0001-01-01T00:00:00%2B23:59")),
        *(("confidence", at) for at in ("nan", "inf", "x")),
        *(("crashes", at) for at in ("-1", str(2**63), "1.5")),
    ],
)
def test_a_page_of_a_sorted_list_that_cannot_be_is_refused(
    client: Client, sort: str, at: str
) -> None:
    answer = client.get(f"{API}/bugs?sort={sort}&before=1&at={at}")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["query.at"])


def test_the_bugs_are_counted_as_on_their_page(client: Client) -> None:
    sorted_bugs(3)
    fixed = create_bug(title="KASAN in l2cap", state="fixed", subsystems="net")
    summarise(fixed.pk)
    create_bug(tree=create_tree(seen_by=Tree.SeenBy.KEEPERS))
    told = client.get(f"{API}/tally").json()
    assert told["total"] == 4
    assert told["counts"]["state"] == {"open": 3, "fixed": 1, "invalid": 0, "duplicate": 0}
    assert told["counts"]["subsystem"] == {"net": 1}
    told = client.get(f"{API}/tally?state=fixed&q=l2cap").json()
    assert (told["total"], "state" in told["counts"]) == (1, False)


def test_a_page_beyond_the_end_is_empty(client: Client) -> None:
    bug = create_bug()
    nothing: dict[str, object] = {"items": [], "next": None, "previous": None}
    assert client.get(f"{API}/bugs?before={bug.pk}").json() == nothing
    assert client.get(f"{API}/bugs?after={bug.pk}").json() == nothing


def test_lists_are_filtered(client: Client) -> None:
    fixed = create_bug(title="KASAN: use-after-free in l2cap", state="fixed")
    opened = create_bug(title="WARNING in kfree")
    for bug in (fixed, opened):
        summarise(bug.pk)
    assert ids(client, f"{API}/bugs?q=L2CAP") == [fixed.pk]
    assert ids(client, f"{API}/bugs?state=open") == [opened.pk]
    assert ids(client, f"{API}/bugs?tree={opened.tree.name}") == [opened.pk]
    cause = create_bisection(crash=create_crash(bug=opened))
    fix = create_bisection(crash=create_crash(bug=fixed), kind="fix", state="failed")
    assert ids(client, f"{API}/bisections?kind=fix") == [fix.pk]
    assert ids(client, f"{API}/bisections?state=queued") == [cause.pk]
    assert ids(client, f"{API}/bisections?bug={fixed.pk}") == [fix.pk]
    one, other = create_revision(bisection=cause), create_revision(bisection=fix)
    assert one.sha == other.sha
    assert ids(client, f"{API}/revisions?sha={one.sha[:12]}") == [other.pk, one.pk]
    assert ids(client, f"{API}/revisions?bisection={fix.pk}") == [other.pk]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("bugs/abc", "path.pk"),
        (f"bugs/{2**63}", "path.pk"),
        ("bugs?limit=1000", "query.limit"),
        ("bugs?state=strange", "query.state"),
        ("bugs?q=%00", "query.q"),
        ("revisions?sha=HEAD", "query.sha"),
        ("bisections?before=0", "query.before"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_place(
    client: Client, address: str, field: str
) -> None:
    answer = client.get(f"{API}/{address}")
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize("address", ["bugs/1", "crashes/1/config", "runs/1/console", "trees/x"])
def test_what_is_not_there_is_said_in_json(client: Client, address: str) -> None:
    answer = client.get(f"{API}/{address}")
    assert answer.status_code == 404
    words = "There is no such thing here, or it is not for you to see."
    assert answer.json() == {"error": words, "fields": {}}


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    bug = create_bug()
    address = f"{API}/bugs/{bug.pk}"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Bug.objects.update(title="another")
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert first["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first["Vary"]


CHANGES: Mapping[str, Callable[[Bisection], object]] = {
    "invalid": lambda one: Bisection.objects.update(invalid_reason="a broken machine"),
    "judged": lambda one: Culprit.objects.update(verdict="wrong"),
    "scored": lambda one: Score.objects.create(bisection=one, verdict="doubt", probability=0.5),
    "named": lambda one: Bug.objects.update(title="another"),
    "mailed": lambda one: Message.objects.update(state="sent"),
    "run": lambda one: create_run(revision=one.revisions.get()),
    "tested": lambda one: create_revision(bisection=one),
    "goes on": lambda one: Bisection.objects.update(state="running"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", ["", "/standings"])
def test_a_bisection_that_is_over_is_made_anew_only_if_something_changed(
    client: Client,
    bisection: Bisection,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    part: str,
    change: str,
) -> None:
    address = f"{API}/bisections/{bisection.pk}{part}"
    first = client.get(address)
    with django_assert_max_num_queries(6):
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "Authorization" in again["Vary"]
    CHANGES[change](bisection)
    now = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert now.status_code == 200
    assert part or now.json() != first.json()
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 404


def test_steps_that_are_kept_later_are_told(client: Client, bisection: Bisection) -> None:
    address = f"{API}/bisections/{bisection.pk}/standings"
    known = {"If-None-Match": client.get(address)["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    create_standing(bisection)
    assert len(client.get(address, headers=known).json()) == 1


def test_a_console_is_not_sent_again_until_it_is_another_one(
    client: Client, bisection: Bisection
) -> None:
    run = bisection.revisions.get().runs.get()
    address = f"{API}/runs/{run.pk}/console"
    first = client.get(address)
    assert first.getvalue().decode() == CONSOLE
    known = {"If-None-Match": first["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    run.console.save("run.log", ContentFile("another\n"))
    assert client.get(address, headers=known).getvalue() == b"another\n"
    run.console.storage.delete(str(run.console.name))
    assert client.get(address, headers=known).status_code == 404


def test_a_twin_says_what_its_call_says(client: Client, bisection: Bisection) -> None:
    pages = {"/": "/bugs"}
    for address in (bisection.bug.get_absolute_url(), bisection.get_absolute_url(), "/statistics/"):
        pages[address] = address.rstrip("/")
    for address, call in pages.items():
        link = f'<link rel="alternate" type="application/json" href="{call}.json">'
        assert link in client.get(address).text
        if address != "/":
            assert client.get(f"{call}.json").json() == client.get(f"{API}{call}").json()
    assert client.get("/bugs.json?limit=1").json()["items"][0]["id"] == bisection.bug_id


@pytest.mark.parametrize("page", ["/bugs/new/", "/login/", "/docs/", "/api/v1/docs"])
def test_a_page_without_facts_has_no_twin(member_client: Client, page: str) -> None:
    assert 'type="application/json"' not in member_client.get(page).text
    assert member_client.get(page.rstrip("/") + ".json").status_code == 404


def test_private_rows_are_not_there_for_strangers(
    client: Client, admin_client: Client, bisection: Bisection
) -> None:
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    revision = bisection.revisions.get()
    run = revision.runs.get()
    for noun in ("trees", "bugs", "bisections", "revisions", "kernels", "messages"):
        assert client.get(f"{API}/{noun}").json()["items"] == []
        assert len(admin_client.get(f"{API}/{noun}").json()["items"]) == 1
    hidden = [
        f"trees/{bisection.bug.tree.name}",
        *(f"bugs/{bisection.bug_id}{part}" for part in ("", "/crashes", "/events")),
        *(f"crashes/{bisection.crash_id}{part}" for part in ("", "/config", "/report")),
        *(f"bisections/{bisection.pk}{part}" for part in ("", "/log", "/config")),
        *(f"revisions/{revision.pk}", f"kernels/{revision.kernel and revision.kernel.key}"),
        *(f"runs/{run.pk}", f"runs/{run.pk}/console"),
    ]
    for address in hidden:
        assert client.get(f"{API}/{address}").status_code == 404
        answer = admin_client.get(f"{API}/{address}")
        assert answer.status_code == 200
        answer.getvalue()


def test_the_mails_are_for_those_who_approve_them(
    client: Client, member_client: Client, member: User, bisection: Bisection
) -> None:
    for one in (client, member_client):
        assert one.get(f"{API}/messages").json()["items"] == []
    Tree.objects.update(maintainers=member.email)
    assert len(member_client.get(f"{API}/messages").json()["items"]) == 1


def test_a_list_costs_the_same_queries_however_long_it_is(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        found = create_culprit(bisection=create_bisection(state="found")).bisection
        for _ in range(3):
            create_run(revision=create_revision(bisection=found, kernel=create_kernel()))
    for noun in ("trees", "bugs", "bisections", "revisions", "kernels"):
        with django_assert_max_num_queries(5):
            client.get(f"{API}/{noun}")
    with django_assert_max_num_queries(7):  # two of them ask whether it was answered before
        client.get(f"{API}/bisections/{found.pk}")


def test_the_calls_are_listed_on_a_page_without_scripts(client: Client) -> None:
    html = client.get(f"{API}/docs").text
    schema = client.get(f"{API}/openapi.json").json()
    assert len(schema["paths"]) > 20
    for path, calls in schema["paths"].items():
        for method in calls:
            assert f"<code>{method.upper()} {path}</code>" in html
    assert html.count("<script") == 1
