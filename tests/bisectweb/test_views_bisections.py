"""The pages of bisections: evidence, progress, levers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Heartbeat, Revision, Run, Standing, Tree
from bisectweb.remaining import RANGE
from tests.factories import (
    create_bisection,
    create_culprit,
    create_kernel,
    create_message,
    create_revision,
    create_run,
    create_standing,
)

pytestmark = pytest.mark.django_db
ACTIVE = list(Bisection.ACTIVE)
OVER = [state for state in Bisection.State if state not in Bisection.ACTIVE]


def create_evidence(bisection: Bisection, revisions: int = 2) -> None:
    """Revisions that were built and run, the last one still at it."""
    for number in range(revisions):
        revision = create_revision(
            bisection=bisection,
            kernel=create_kernel(),
            built=True,
            build_seconds=200,
            test_seconds=20,
            state=Revision.State.DONE,
            verdict=Revision.Verdict.BAD,
            runs_wanted=2,
            build_log=ContentFile("make\n", name="build.log"),
        )
        create_run(revision=revision)
        create_run(revision=revision, outcome="crash", words=f"crashed: WARNING in f{number}")
    create_revision(bisection=bisection, runs_wanted=3, state=Revision.State.BUILDING)


def test_every_run_is_a_dot_that_leads_to_its_console(client: Client) -> None:
    bisection = create_bisection(state=Bisection.State.RUNNING, strategy="classic")
    create_evidence(bisection)
    html = client.get(bisection.get_absolute_url()).text
    for run in Run.objects.all():
        assert f'href="{run.get_absolute_url()}" aria-label="run {run.index}: {run.words}"' in html
    assert html.count('role="img" aria-label="run ') == 3
    assert "1 OK, 1 crashed: WARNING in f1" in html


def test_a_revision_shows_its_kernel_and_why_it_was_chosen(client: Client) -> None:
    bisection = create_bisection()
    kernel = create_kernel(compiler="gcc 12.2.0, GNU ld 2.40")
    revision = create_revision(
        bisection=bisection,
        kernel=kernel,
        built=True,
        build_cached=True,
        why="halves the range; 12 revisions left after it",
        release="v6.12",
        build_log=ContentFile("make\n", name="build.log"),
    )
    html = client.get(bisection.get_absolute_url()).text
    for text in (kernel.signature[:12], "gcc 12.2.0<", "cached", "halves the range", "v6.12"):
        assert text in html
    assert reverse("revision-build-log", args=[revision.pk]) in html


def test_a_revision_that_does_not_build_shows_the_error(client: Client) -> None:
    bisection = create_bisection()
    create_revision(
        bisection=bisection,
        built=False,
        state=Revision.State.DONE,
        verdict=Revision.Verdict.SKIP,
        build_error="kvm.c:1: error: no <x>\nmake: *** Error 1",
    )
    html = client.get(bisection.get_absolute_url()).text
    assert "<summary>kvm.c:1: error: no &lt;x&gt;</summary>" in html
    assert "make: *** Error 1" in html
    assert 'role="img"' not in html


@pytest.mark.parametrize("state", ACTIVE)
def test_an_active_bisection_asks_for_its_progress(client: Client, state: str) -> None:
    bisection = create_bisection(state=state, activity="building 1a2b3c", progress="4 steps left")
    address = reverse("bisection-progress", args=[bisection.pk])
    page = client.get(bisection.get_absolute_url()).text
    fragment = client.get(address).text
    for html in (page, fragment):
        assert re.search(f'hx-get="{address}\\?seen=\\w+" data-hx-trigger="every 2s"', html)
        assert "Building 1a2b3c" in html
        assert "4 steps left" in html
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert "<html" not in fragment


def test_a_page_that_shows_everything_is_told_nothing_new(client: Client) -> None:
    bisection = create_bisection(state="running", activity="building 1a2b3c")
    revision = create_revision(bisection=bisection, runs_wanted=9)
    Heartbeat.beat("queue")
    address = reverse("bisection-progress", args=[bisection.pk])

    seen = ""

    def changed() -> bool:
        nonlocal seen
        answer = client.get(address, {"seen": seen})
        if answer.status_code == 204:
            return False
        assert answer["HX-Trigger"] == "moved"
        (seen,) = re.findall(r"\?seen=(\w+)", answer.text) or [""]
        return True

    assert changed()
    assert not changed()
    create_run(revision=revision)
    assert changed()
    Revision.objects.update(state=Revision.State.RUNNING)
    assert changed()
    Bisection.objects.update(activity="booting 1a2b3c")
    assert changed()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert changed()
    assert not changed()
    Bisection.objects.update(state="found")
    assert changed()
    assert seen == ""


def test_a_queued_bisection_shows_its_place(client: Client) -> None:
    first, second, urgent = (create_bisection(priority=priority) for priority in (0, 0, 10))
    begun = create_bisection(state="running", priority=10)
    held = create_bisection()
    Tree.objects.filter(pk=held.bug.tree_id).update(paused=timezone.now())
    found = {
        bisection.pk: re.findall(
            r"Place (\d+) in the queue", client.get(bisection.get_absolute_url()).text
        )
        for bisection in (first, second, urgent, begun, held)
    }
    assert found == {urgent.pk: ["1"], first.pk: ["3"], second.pk: ["4"], begun.pk: [], held.pk: []}
    assert "The tree is paused" in client.get(held.get_absolute_url()).text


def test_a_revision_leads_to_the_steps_that_heard_of_it(client: Client) -> None:
    bisection = create_bisection(state="found")
    revision = create_revision(bisection=bisection, built=True, odds="2 of 2 runs crashed")
    told = {"sha": revision.sha, "seen": [], "verdict": "bad", "words": "", "place": 1.0}
    create_standing(bisection)
    create_standing(bisection, moved=[{**told, "odds": 1.0}])
    create_standing(bisection, moved=[{**told, "odds": 0.0}])
    html = client.get(bisection.get_absolute_url()).text
    step = '<span class="nowrap">(<a href="?step={0}#chart">step {0}</a>)</span>'
    sign = "\N{MULTIPLICATION SIGN}"
    assert f"{sign} 10 {step.format(1)} towards this commit and older ones" in html
    assert f"{sign} 10 {step.format(2)} towards newer commits" in html


def test_how_long_it_will_take_is_a_range(client: Client) -> None:
    bisection = create_bisection(state="running")
    assert "Nobody knows yet how long" in client.get(bisection.get_absolute_url()).text
    standing = create_standing(bisection, minutes_left=40)
    html = client.get(bisection.get_absolute_url()).text
    assert f"end in {40 * RANGE[0]:.0f} to {40 * RANGE[1]:.0f} minutes from here" in html
    Standing.objects.update(at=standing.at - timedelta(minutes=6))
    assert f"end in {40 * RANGE[0] - 6:.0f} to " in client.get(bisection.get_absolute_url()).text
    Standing.objects.update(minutes_left=600)
    assert " hours from here" in client.get(bisection.get_absolute_url()).text


@pytest.mark.parametrize("state", OVER)
def test_a_bisection_that_ended_no_longer_asks(client: Client, state: str) -> None:
    bisection = create_bisection(state=state)
    for name in ("bisection-detail", "bisection-progress"):
        html = client.get(reverse(name, args=[bisection.pk])).text
        assert 'id="progress"' in html
        assert "hx-get" not in html
        assert "hx-trigger" not in html
        assert "http-equiv" not in html


def test_the_fragment_brings_the_result_when_the_bisection_ends(client: Client) -> None:
    culprit = create_culprit()
    html = client.get(reverse("bisection-progress", args=[culprit.bisection.pk])).text
    for text in (culprit.subject, culprit.fixes_line[:19], "kvm@lists.invalid", "Very likely"):
        assert text in html
    assert "(98 %)" in html


def test_trouble_of_our_machine_is_told_while_it_lasts(client: Client) -> None:
    bisection = create_bisection(state="running", reason="no space left on the disk")
    Heartbeat.beat("queue")
    html = client.get(bisection.get_absolute_url()).text
    assert "Trouble on our side, not evidence: no space left on the disk" in html
    assert "No runner is at work" not in html


def test_a_silent_runner_is_told(client: Client) -> None:
    bisection = create_bisection()
    assert "No runner is at work" in client.get(bisection.get_absolute_url()).text
    Heartbeat.objects.create(name="queue", at=timezone.now() - timedelta(minutes=2))
    assert "No runner is at work" in client.get(bisection.get_absolute_url()).text
    Heartbeat.beat("queue")
    assert "No runner is at work" not in client.get(bisection.get_absolute_url()).text


def test_an_inconclusive_bisection_names_its_suspects(client: Client) -> None:
    bisection = create_bisection(
        state="inconclusive",
        reason="two commits do not build",
        suspects=[{"sha": "a" * 40, "subject": "mm: one"}, {"sha": "b" * 40, "subject": "mm: <2>"}],
    )
    html = client.get(bisection.get_absolute_url()).text
    assert "Two commits do not build" in html
    assert "aaaaaaaaaaaa</code>" in html
    assert "mm: &lt;2&gt;" in html


SUSPECTS = [
    {"sha": f"{number}" * 40, "subject": f"mm: <{number}>", "probability": 0.6 / 2**number}
    for number in range(9)
]
PRIOR = [
    {"reason": "changes a file on the crash's stack", "commits": 14, "share": 0.6},
    {"reason": "changes nothing that is built", "commits": 1, "share": 0.003},
]


@pytest.mark.parametrize("state", ["running", "found", "cancelled"])
def test_the_likeliest_suspects_are_shown_with_their_probability(
    client: Client, state: str
) -> None:
    bisection = create_bisection(state=state, suspects=SUSPECTS, prior=PRIOR)
    html = client.get(reverse("bisection-progress", args=[bisection.pk])).text
    assert '<meter min="0" max="1" value="0.6000" aria-hidden="true"></meter>' in html
    assert "30 %</span>" in html
    assert "mm: &lt;5&gt;" in html
    assert "mm: &lt;6&gt;" not in html
    assert "one of 9" not in html
    assert "style=" not in html


def test_what_was_suspected_before_any_run_is_shown_with_the_reason(client: Client) -> None:
    bisection = create_bisection(state="running", prior=PRIOR)
    html = client.get(bisection.get_absolute_url()).text
    assert "14 commits, each of which changes a file on the crash&#x27;s stack" in html
    assert "1 commit, which changes nothing that is built" in html
    assert "0.3 %" in html


def test_all_suspects_of_an_inconclusive_search_are_shown(client: Client) -> None:
    bisection = create_bisection(state="inconclusive", suspects=SUSPECTS, prior=PRIOR)
    html = client.get(bisection.get_absolute_url()).text
    assert "most likely one of 9" in html
    assert html.count("mm: &lt;") == 9


def test_runs_that_fit_no_single_change_are_told(client: Client) -> None:
    bisection = create_bisection(state="running", strain=4.9)
    assert "hardly explains" not in client.get(bisection.get_absolute_url()).text
    Bisection.objects.update(strain=5.1)
    assert "hardly explains" in client.get(bisection.get_absolute_url()).text


def test_a_revision_shows_its_odds_whether_they_are_clear_or_not(client: Client) -> None:
    bisection = create_bisection(state="running")
    known = {"bisection": bisection, "state": Revision.State.DONE, "built": True}
    create_revision(**known, verdict="bad", odds="3 of 3 runs crashed: 9,000 : 1")
    create_revision(**known, odds="0 of 1 run crashed: 2.0 : 1")
    create_revision(bisection=bisection, state=Revision.State.RUNNING, built=True, runs_wanted=7)
    create_revision(bisection=bisection, state=Revision.State.DONE)
    html = client.get(bisection.get_absolute_url()).text
    assert "9,000 : 1" in html
    assert "Unclear</span>" in html
    assert "at most 7 more, until it crashes" in html
    assert "Dropped</span>" in html
    assert "to come" not in html
    assert "Tested 2 revisions" in html


@pytest.mark.parametrize(
    ("strategy", "kind", "words"),
    [
        ("classic", "cause", "that no crash was missed on the way (98 %)"),
        ("bayes", "cause", "that this commit is the culprit, given all runs (98 %)"),
        ("bayes", "fix", "that this commit is the fix, given all runs (98 %)"),
    ],
)
def test_a_confidence_says_what_it_is_the_probability_of(
    client: Client, strategy: str, kind: str, words: str
) -> None:
    bisection = create_bisection(state="found", strategy=strategy, kind=kind)
    create_culprit(bisection=bisection)
    assert f"<strong>Very likely</strong> {words}" in client.get(bisection.get_absolute_url()).text


def test_runs_a_revision_are_told_of_the_classic_strategy_only(client: Client) -> None:
    for strategy, told in (("classic", True), ("bayes", False)):
        bisection = create_bisection(strategy=strategy, runs=17)
        for address in (bisection.get_absolute_url(), bisection.bug.get_absolute_url()):
            assert ("17 runs" in client.get(address).text) == told


def test_a_fix_is_not_offered_as_a_fixes_line(client: Client) -> None:
    culprit = create_culprit(bisection=create_bisection(kind="fix", state="found"))
    html = client.get(culprit.bisection.get_absolute_url()).text
    assert "Fixed by" in html
    assert "Fixes:" not in html


def test_the_totals_leave_out_the_building_of_cached_kernels(client: Client) -> None:
    start = timezone.now()
    bisection = create_bisection(
        state="failed", started=start, ended=start + timedelta(seconds=7300)
    )
    create_evidence(bisection)
    Revision.objects.filter(order=0).update(build_cached=True)
    html = client.get(bisection.get_absolute_url()).text
    assert "Tested 2 revisions with 4 runs: 3 min 20 s building, 40 s running." in html
    assert "From start to end 2 h 01 min." in html


def test_a_big_bisection_costs_few_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bisection = create_bisection(state="found")
    create_evidence(bisection, revisions=12)
    create_culprit(bisection=bisection)
    create_message(bisection=bisection)
    with django_assert_max_num_queries(12):
        admin_client.get(bisection.get_absolute_url())
    Bisection.objects.update(state="running")
    with django_assert_max_num_queries(12):
        admin_client.get(reverse("bisection-progress", args=[bisection.pk]))
    with django_assert_max_num_queries(8):
        admin_client.get(f"/bisections/{bisection.pk}.json")


def test_the_log_is_plain_text_and_can_be_downloaded(client: Client) -> None:
    bisection = create_bisection(log_head="bisecting cause commit starting from v6.12 <é>\n")
    create_evidence(bisection)
    address = reverse("bisection-log", args=[bisection.pk])
    shown = client.get(address)
    assert shown["Content-Type"] == "text/plain; charset=utf-8"
    assert "Content-Disposition" not in shown
    assert shown.content.decode() == bisection_log(bisection)
    assert "run #1: crashed: WARNING in f0" in shown.content.decode()
    saved = client.get(address, {"download": "1"})
    assert saved["Content-Disposition"] == f'attachment; filename="bisect-{bisection.pk}.txt"'
    assert saved.content == shown.content


def test_the_end_of_the_log_is_that_of_the_search(client: Client) -> None:
    tail = "checks: all passed\ncrash: WARNING in x\nRIP: 0010:x\n"
    html = client.get(create_bisection(state="found", log_tail=tail).get_absolute_url()).text
    assert "checks: all passed" in html
    assert "RIP: 0010" not in html


def test_the_page_shows_the_last_lines_of_the_log(client: Client) -> None:
    lines = [f"line <{number}>" for number in range(100)]
    bisection = create_bisection(state="failed", log_head="\n".join(lines) + "\n")
    html = client.get(bisection.get_absolute_url()).text
    assert "line &lt;99&gt;" in html
    assert "line &lt;75&gt;" in html
    assert "line &lt;74&gt;" not in html


def test_the_json_twin_has_all_evidence(client: Client) -> None:
    bisection = create_bisection(state="found", good="a" * 40, bad="b" * 40)
    create_evidence(bisection)
    culprit = create_culprit(bisection=bisection, is_noop=True)
    facts = client.get(f"/bisections/{bisection.pk}.json").json()
    assert facts["state"] == "found"
    assert (facts["good"], facts["bad"]) == ("a" * 40, "b" * 40)
    assert facts["culprit"]["sha"] == culprit.sha
    assert facts["culprit"]["flags"] == ["it builds the same kernel as its parent"]
    assert [revision["verdict"] for revision in facts["revisions"]] == ["bad", "bad", ""]
    assert [run["outcome"] for run in facts["revisions"][0]["runs"]] == ["ok", "crash"]
    assert facts["revisions"][0]["runs"][1]["words"] == "crashed: WARNING in f0"
    assert len(facts["revisions"][0]["signature"]) == 64


def test_the_mail_is_linked_for_staff(client: Client, admin_client: Client) -> None:
    bisection = create_culprit().bisection
    mail = create_message(bisection=bisection)
    address = bisection.get_absolute_url()
    assert "awaiting approval" in client.get(address).text
    assert mail.get_absolute_url() not in client.get(address).text
    assert mail.get_absolute_url() in admin_client.get(address).text
