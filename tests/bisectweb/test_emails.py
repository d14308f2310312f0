"""The culprit mail, whole, as a maintainer reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from bisectweb import emails
from bisectweb.models import Bisection, Culprit, Revision, Run
from runner.values import Commit
from tests.factories import create_bisection, create_culprit, create_revision, create_run

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
Confidence that this commit is the culprit, given all runs: 98.7 %.

Config minimised from 2101 to 340 options; needs CONFIG_KVM_AMD,
CONFIG_KVM_SMM and some of 12 options.

Every run""" in emails.body(culprit, commit, crash)
