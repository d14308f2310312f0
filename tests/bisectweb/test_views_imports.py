"""The pages of imported bisections, and the form and the call that import them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb.imports import import_log, import_tree
from bisectweb.models import Bisection, Bug, Run, Score, Tree
from tests.bisectweb.logs import (
    CRASHED,
    HALF,
    OTHER,
    RUNS,
    START,
    cause_log,
)
from tests.factories import create_bisection, create_revision, create_run, create_tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def bisection() -> Bisection:
    done = import_log(cause_log().encode(), "Log_1.txt", tree=import_tree(), by=None)
    assert done.bisection
    return done.bisection


def upload(text: str, name: str = "log.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def test_an_imported_bisection_looks_like_one_of_ours(client: Client, bisection: Bisection) -> None:
    html = client.get(bisection.get_absolute_url()).text
    assert "read from <bdi>Log_1.txt</bdi> into the tree imported" in html
    assert html.count('<span class="dot crash" id="run-') == 18
    assert html.count('<span class="dot ok" id="run-') == 30
    assert html.count('<span class="dot other-crash" id="run-') == 1
    assert "/runs/" not in html
    assert "No console was kept of these runs." in html
    assert "Tested 5 revisions with 50 runs: 30 min 20 s building, 29 min 00 s running." in html
    assert "From start to end 1 h 00 min." in html
    assert "Fixes: " in html
    assert "Reported-by" not in html
    assert "WARNING: CPU: 1 PID: 9" in html
    assert "given all runs" not in html
    assert "1 file changed" in html


def test_its_log_is_sent_as_it_came(client: Client, bisection: Bisection) -> None:
    address = reverse("bisection-log", args=[bisection.pk])
    assert client.get(address).content == cause_log().encode()


def test_its_runs_say_that_no_console_was_kept(client: Client, bisection: Bisection) -> None:
    run = Run.objects.filter(revision__bisection=bisection).first()
    assert run
    html = client.get(run.get_absolute_url()).text
    assert "No console was kept: the run was read from a log." in html
    assert "took" not in html
    assert client.get(reverse("run-console", args=[run.pk])).status_code == 404


def test_a_score_is_shown_and_marks_the_doubtful_step(client: Client, bisection: Bisection) -> None:
    reason = "nine quiet runs <may> miss a flaky crash"
    Score.objects.update(probability=0.21, verdict="doubt", doubtful=HALF, reason=reason)
    address = bisection.get_absolute_url()
    html = client.get(address).text
    assert ">doubt: 21 % right</a>" in html
    assert html.count("Doubtful: nine quiet runs &lt;may&gt; miss a flaky crash") == 1
    assert "doubt: 21 % right" in client.get("/").text
    assert "doubt: 21 % right" in client.get(bisection.bug.get_absolute_url()).text
    score = client.get(f"/bisections/{bisection.pk}.json").json()["score"]
    assert score == {"probability": 0.21, "verdict": "doubt", "doubtful": HALF, "reason": reason}
    Score.objects.update(verdict="trust", probability=0.93)
    html = client.get(address).text
    assert ">trust: 93 % right</a>" in html
    assert "Doubtful:" not in html


def test_todays_rules_agree_where_the_runs_are_clear(client: Client, bisection: Bisection) -> None:
    html = client.get(reverse("bisection-today", args=[bisection.pk])).text
    assert "Nothing: each verdict is what today" in html
    assert html.count(">differs<") == 0


def test_todays_rules_do_not_take_another_crash_for_the_bug(client: Client) -> None:
    text = cause_log(RUNS | {HALF: [f"crashed: {OTHER}"]}).replace(
        f"# git bisect good {HALF}", f"# git bisect bad {HALF}"
    )
    bisection = import_log(text.encode(), "x", tree=import_tree(), by=None).bisection
    assert bisection
    html = client.get(reverse("bisection-today", args=[bisection.pk])).text
    assert "1 of 5 verdicts would be different." in html
    assert f"#2 <code>{HALF[:12]}</code></a>: bad in the search, unclear today." in html
    assert "It would have been run again before anything else was tested." in html


def test_todays_rules_turn_a_search_that_a_single_crash_misled(client: Client) -> None:
    text = cause_log(RUNS | {HALF: [CRASHED] + ["OK"] * 19}).replace(
        f"# git bisect good {HALF}", f"# git bisect bad {HALF}"
    )
    bisection = import_log(text.encode(), "x", tree=import_tree(), by=None).bisection
    assert bisection
    html = client.get(reverse("bisection-today", args=[bisection.pk])).text
    assert "From there on the search would have gone the other way." in html


def test_todays_rules_can_be_asked_of_a_bisection_of_ours(client: Client) -> None:
    bisection = create_bisection(state=Bisection.State.FOUND, bad=START)
    tested = create_revision(bisection=bisection, sha=START, built=True, verdict="bad")
    create_run(revision=tested, outcome="crash", words=CRASHED)
    create_revision(bisection=bisection, built=None)
    html = client.get(reverse("bisection-today", args=[bisection.pk])).text
    assert "1 of 1 run crashed" in html
    empty = create_bisection(state=Bisection.State.FAILED)
    html = client.get(reverse("bisection-today", args=[empty.pk])).text
    assert "Nothing was tested that could be weighed." in html


def test_a_stranger_signs_in_before_importing(client: Client) -> None:
    address = reverse("import-logs")
    assert client.get(address).url == f"/login/?next={address}"  # type: ignore[attr-defined]
    answer = client.post(address, {"logs": upload(cause_log())})
    assert answer.url == f"/login/?next={address}"  # type: ignore[attr-defined]
    assert not Bisection.objects.exists()


def test_one_log_leads_to_its_bisection(member_client: Client) -> None:
    answer = member_client.post(reverse("import-logs"), {"logs": upload(cause_log())})
    bisection = Bisection.objects.get()
    assert answer.url == bisection.get_absolute_url()  # type: ignore[attr-defined]
    assert bisection.created_by
    assert bisection.created_by.username == "member"


def test_several_logs_are_each_told_of(member_client: Client) -> None:
    logs = [
        upload(cause_log(), "a.txt"),
        upload("nothing", "<b>.txt"),
        upload(cause_log(), "c.txt"),
    ]
    tree = create_tree(name="mainline")
    said = {"logs": logs, "bug_title": "a bug", "tree": tree.pk}
    answer = member_client.post(reverse("import-logs"), said)
    assert answer.status_code == 422
    html = answer.text
    assert "What became of 3 logs" in html
    assert ">imported</span>" in html
    assert ">there before</span>" in html
    assert "<bdi>&lt;b&gt;.txt</bdi>: this is no bisection log" in html
    assert (Bug.objects.get().title, Bug.objects.get().tree) == ("a bug", tree)


def test_a_form_without_a_log_says_so(member_client: Client) -> None:
    address = reverse("import-logs")
    html = member_client.get(address).text
    assert html.count('type="file"') == 1
    assert "multiple" in html
    assert member_client.post(address, {"bug_title": "x"}).status_code == 422
    assert member_client.post(address, {"logs": upload("")}).status_code == 422


def test_what_an_imported_crash_lacks_is_said_and_can_be_added(
    member_client: Client, bisection: Bisection
) -> None:
    bug = bisection.bug
    address = reverse("crash-complete", args=[bisection.crash.pk])
    html = member_client.get(bug.get_absolute_url()).text
    assert "it lacks the address of a repository, a kernel config, a reproducer" in html
    assert address in html
    tree = create_tree(name="mainline")
    given = {"tree": tree.pk, "config": "CONFIG_KVM=y\n", "reproducer": "int main(void) {}\n"}
    form = member_client.get(address).text
    assert "mainline" in form
    assert "imported</option>" not in form
    assert member_client.post(address, given | {"config": ""}).status_code == 422
    assert member_client.post(address, given).url == bug.get_absolute_url()  # type: ignore[attr-defined]
    html = member_client.get(bug.get_absolute_url()).text
    assert "it lacks" not in html
    assert f'href="{tree.get_absolute_url()}"' in html
    assert member_client.get(address).url == bug.get_absolute_url()  # type: ignore[attr-defined]


def test_a_search_cannot_be_started_before_that(admin_client: Client, bisection: Bisection) -> None:
    crash = bisection.crash
    html = admin_client.get(bisection.get_absolute_url()).text
    assert "Nothing can be run for this crash" in html
    assert reverse("bisection-start", args=[crash.pk]) not in html
    answer = admin_client.post(reverse("bisection-start", args=[crash.pk]), {"kind": "cause"})
    assert answer.url == reverse("crash-complete", args=[crash.pk])  # type: ignore[attr-defined]
    again = {"action": "start_again", "_selected_action": [bisection.pk]}
    page = admin_client.post(reverse("admin:bisectweb_bisection_changelist"), again, follow=True)
    assert "was not started: nothing can be run for this crash" in page.text
    assert Bisection.objects.count() == 1


def test_the_page_costs_the_same_queries_however_long_the_log_is(
    client: Client, bisection: Bisection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8):
        client.get(bisection.get_absolute_url())
    with django_assert_max_num_queries(7):
        client.get(reverse("bisection-today", args=[bisection.pk]))


def test_whoever_may_not_see_a_log_that_is_there_gets_no_link_to_it(
    member_client: Client, admin_client: Client
) -> None:
    secret = create_tree(name="secret", seen_by=Tree.SeenBy.KEEPERS)
    done = import_log(cause_log().encode(), "Log_1.txt", tree=secret, by=None)
    assert done.bisection
    page = member_client.post(reverse("import-logs"), {"logs": [upload(cause_log())]})
    assert (page.status_code, "where you may not see it" in page.text) == (422, True)
    assert done.bisection.get_absolute_url() not in page.text
    page = admin_client.post(reverse("import-logs"), {"logs": [upload(cause_log())]})
    assert page.headers["Location"] == done.bisection.get_absolute_url()
