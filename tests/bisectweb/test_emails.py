"""The culprit mail, whole, as a maintainer reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from bisectweb.models import Bisection, Culprit, Event, Revision, Run, Tree
from bisectweb.outbound import emails
from runner.mail import read_mail
from runner.values import Commit
from tests.factories import (
    create_bisection,
    create_bug,
    create_culprit,
    create_revision,
    create_run,
)

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"
START, FOUND, PARENT = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://bisect.invalid"
    settings.MAIL_DOMAIN = "bisect.invalid"


CHECKS = [
    ("merge", "passed", "it is not a merge"),
    ("release", "passed", "it is not a release commit"),
    ("signature", "passed", "it builds another kernel than its parent"),
    ("culprit", "passed", "it crashed in 8 of 10 runs"),
    ("parent", "failed", "its parent crashed in 1 of 10 runs"),
    (
        "revert",
        "unchecked",
        "aaaaaaaaaaaa with it reverted: the revert conflicts with later commits",
    ),
]


def found(kind: str, strategy: str = "bayes", **flags: object) -> tuple[Culprit, Commit, Run]:
    """A culprit with its evidence; the numbers in addresses are fixed, as golden files are."""
    bisection = create_bisection(
        pk=7, kind=kind, strategy=strategy, title="WARNING in x", bad=START
    )
    bug = bisection.bug
    bug.pk, bug.token = 5, "0123456789abcdef0123"
    tree = bug.tree
    tree.url, tree.branch = "https://git.invalid/linux.git", "master"
    outcomes = [
        ("crash", 12, START),
        ("other-crash", 1, START),
        ("ok", 7, START),
        ("crash", 8, FOUND),
        ("ok", 2, FOUND),
        ("ok", 10, PARENT),
    ]
    rows: dict[str, Revision] = {}
    for outcome, times, sha in outcomes:
        if sha not in rows:
            rows[sha] = create_revision(bisection=bisection, sha=sha, order=len(rows))
        for _ in range(times):
            index = rows[sha].runs.count()
            create_run(revision=rows[sha], index=index, outcome=outcome, report=f"report of {sha}")
    commit = Commit(
        sha=FOUND,
        tree="d" * 40,
        parents=(PARENT,),
        author="Nested Maintainer",
        author_email="nested@demo.invalid",
        date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        message="KVM: x: leave it",
        diffstat="",
    )
    culprit = create_culprit(
        bisection=bisection,
        sha=FOUND,
        subject=commit.subject,
        author=commit.author,
        author_email=commit.author_email,
        date=commit.date,
        confidence=0.9871,
        **flags,
    )
    culprit.bisection = bisection
    crash = rows[FOUND].runs.filter(outcome="crash").first()
    assert crash is not None
    return culprit, commit, crash


@pytest.mark.parametrize(
    ("name", "kind", "strategy", "flags"),
    [
        (
            "cause-verified",
            Bisection.Kind.CAUSE,
            "bayes",
            {
                "checks": [
                    dict(zip(("name", "result", "words"), one, strict=True)) for one in CHECKS
                ]
            },
        ),
        ("cause", Bisection.Kind.CAUSE, "bayes", {}),
        ("cause-classic", Bisection.Kind.CAUSE, "classic", {}),
        (
            "cause-flagged",
            Bisection.Kind.CAUSE,
            "classic",
            {"is_release": True, "is_noop": True},
        ),
        ("fix", Bisection.Kind.FIX, "bayes", {}),
    ],
)
def test_the_mail_reads_as_its_golden_file(
    name: str, kind: str, strategy: str, flags: dict[str, object]
) -> None:
    body = emails.body(*found(kind, strategy, **flags))
    assert body == (GOLDEN / f"{name}.txt").read_text()
    told, _, _ = body.partition("Every run with its console:")
    assert max(map(len, told.splitlines())) <= emails.WIDTH, "addresses alone may be longer"


def test_hostile_text_stays_in_its_place() -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    culprit.subject = "<script>alert(1)</script> & {{ bug.token }}"
    body = emails.body(culprit, commit, crash)
    assert "    <script>alert(1)</script> & {{ bug.token }}\n" in body


def test_a_smaller_config_is_told_in_short_lines() -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    needs = "CONFIG_KVM_AMD, CONFIG_KVM_SMM and some of 12 options"
    culprit.bisection.minimised = {
        "words": f"config minimised from 2101 to 340 options; needs {needs}"
    }
    assert """
It is very likely (98.7 %) that this commit is the culprit, given all
runs.

Config minimised from 2101 to 340 options; needs CONFIG_KVM_AMD,
CONFIG_KVM_SMM and some of 12 options.

Every run""" in emails.body(culprit, commit, crash)


def unsolved(**fields: object) -> str:
    culprit, _, _ = found(Bisection.Kind.CAUSE)
    bisection = culprit.bisection
    for name, value in fields.items():
        setattr(bisection, name, value)
    return emails.unsolved(bisection, []).body


SUSPECTS = [
    {"sha": START, "subject": "KVM: x: enter it", "probability": 0.61},
    {"sha": FOUND, "subject": "KVM: x: leave it " + "with a long subject, " * 3 + "too"},
]


def test_a_mail_about_suspects_reads_as_its_golden_file() -> None:
    body = unsolved(reason="two commits look alike, " * 6 + "and so on", suspects=SUSPECTS)
    assert body == (GOLDEN / "inconclusive.txt").read_text()


def test_a_mail_about_a_bug_that_does_not_show_reads_as_its_golden_file() -> None:
    reason = "the crash was not reproduced in 20 runs of the commit said to crash"
    assert unsolved(reason=reason) == (GOLDEN / "not-reproduced.txt").read_text()


def test_a_mail_names_so_many_suspects_and_says_how_many_more_there_are() -> None:
    body = unsolved(reason="broken", suspects=SUSPECTS[:1] * 50)
    assert body.count("KVM: x: enter it") == emails.MOST_NAMED
    assert "It is one of these commits, or of 30 others:" in body


@pytest.mark.parametrize("word", ["#syz invalid", "#bisect cancel", "#SYZ fix: x", "#bisect: uncc"])
def test_nothing_in_a_mail_of_ours_is_a_command_when_it_comes_back(word: str) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    crash.report = f"{word}\nBUG: x\n{word}\n"
    head = "From: somebody@x.invalid\nContent-Type: text/plain; charset=utf-8\n\n"
    bodies = [emails.body(culprit, commit, crash)]
    culprit.bisection.suspects = SUSPECTS
    bodies.append(emails.unsolved(culprit.bisection, []).body)
    for body in bodies:
        read = read_mail(BytesIO((head + body).encode()))
        assert (read.commands, read.refused) == ((), ())
    armed = read_mail(BytesIO(f"{head}{word}\n".encode()))
    assert armed.commands or armed.refused


@pytest.mark.parametrize("line", ["x" * 99 + "\n", "é" * 49 + "\n", "#bisect invalid\n"])
def test_a_long_report_is_cut_to_what_the_tree_allows_and_linked(line: str) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    crash.report = line
    assert "goes on" not in emails.body(culprit, commit, crash)
    culprit.bisection.bug.tree.mail_kb = 16
    crash.report = line * 5000
    body = emails.body(culprit, commit, crash)
    assert 15 << 10 < len(body.encode()) <= 16 << 10
    assert f"The report goes on: https://bisect.invalid{crash.get_absolute_url()}" in body
    [quoted] = {one for one in body.splitlines() if one.strip() == line.strip()}
    assert quoted in (line.strip(), f" {line.strip()}")


def test_what_the_mail_is_for_is_never_cut() -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    culprit.bisection.bug.tree.mail_kb = 0
    crash.report = "BUG: in the report\n" * 100
    body = emails.body(culprit, commit, crash)
    assert "BUG: in the report" not in body
    for line in (culprit.fixes_line, culprit.bisection.bug.reported_by_line, "The report goes on"):
        assert line in body


def test_those_who_asked_are_told_once() -> None:
    culprit, _, _ = found(Bisection.Kind.CAUSE)
    bug = culprit.bisection.bug
    assert emails.insiders(bug) == []
    bug.tree.maintainers = "Me@x.invalid\nthem@x.invalid\n"
    bug.reporter = User(username="me", email="me@x.invalid", first_name="M", last_name="E")
    told = [(one.address, one.name, str(one.header)) for one in emails.insiders(bug)]
    assert told == [("me@x.invalid", "M E", "to"), ("them@x.invalid", "", "cc")]


def test_nobody_is_told_of_a_private_bug_who_may_not_see_it() -> None:
    culprit, _, _ = found(Bisection.Kind.CAUSE)
    bug = culprit.bisection.bug
    bug.tree.maintainers = "them@x.invalid"
    bug.tree.seen_by = Tree.SeenBy.KEEPERS
    bug.tree.save()
    bug.reporter = User(username="me", email="me@x.invalid")
    assert [one.address for one in emails.insiders(bug)] == ["them@x.invalid"]
    bug.reporter = User(username="me", email="me@x.invalid", is_staff=True)
    assert [one.address for one in emails.insiders(bug)] == ["me@x.invalid", "them@x.invalid"]


def own_template(settings: Settings, tree: str, text: str) -> None:
    folder = settings.DATA / "templates" / tree / "emails"
    folder.mkdir(parents=True)
    (folder / "culprit.txt").write_text(text)


def test_a_tree_may_have_templates_of_its_own(settings: Settings) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    tree = culprit.bisection.bug.tree
    tree.name = "net"
    ours = emails.body(culprit, commit, crash)
    own_template(
        settings, "net", "{% load bisect %}{{ culprit.sha|sha12 }}: <{{ sure }}>\n#syz x\n"
    )
    sure = "It is very likely (98.7 %) that this commit is the culprit, given all\nruns."
    assert emails.body(culprit, commit, crash) == f"bbbbbbbbbbbb: <{sure}>\n #syz x\n"
    tree.name = "another"
    assert emails.body(culprit, commit, crash) == ours
    assert not Event.objects.exists()


@pytest.mark.parametrize("broken", ["{% if %}", "{% load nothing %}", "{{ sure|nofilter }}"])
def test_a_template_that_does_not_work_is_told_and_ours_taken(
    settings: Settings, broken: str
) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    culprit.bisection.bug.tree.name = "net"
    ours = emails.body(culprit, commit, crash)
    own_template(settings, "net", broken)
    bug = create_bug()
    bug.tree.name, culprit.bisection.bug = "net", bug
    theirs = emails.body(culprit, commit, crash)
    assert theirs.splitlines()[:9] == ours.splitlines()[:9]
    [event] = Event.objects.all()
    assert "own template culprit.txt does not work, ours was taken: " in event.text


@pytest.mark.parametrize("name", ["..", "../..", "/", "."])
def test_the_name_of_a_tree_leads_nowhere_else(settings: Settings, name: str) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    (settings.DATA / "emails").mkdir()
    (settings.DATA / "emails" / "culprit.txt").write_text("elsewhere")
    culprit.bisection.bug.tree.name = name
    assert "elsewhere" not in emails.body(culprit, commit, crash)


def test_a_report_that_not_everybody_can_read_is_named_to_nobody(settings: Settings) -> None:
    culprit, commit, crash = found(Bisection.Kind.CAUSE)
    assert "\nCloses: https://bisect.invalid/bugs/5/\n" in emails.body(culprit, commit, crash)
    culprit.bisection.bug.tree.seen_by = Tree.SeenBy.SIGNED_IN
    assert "Closes:" not in emails.body(culprit, commit, crash)
    culprit.bisection.bug.tree.seen_by = Tree.SeenBy.EVERYBODY
    settings.SITE_URL = "http://localhost:8000"
    assert "Closes:" not in emails.body(culprit, commit, crash)
