"""A run that crashed under another title, on its way from the VM to the search and the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from bisectweb.models import Bisection, Crash, Run
from bisectweb.workflow.weighing import evidence
from runner.search import Alike
from tests.factories import create_bisection, create_revision, create_run
from tests.fakes import OTHER_TITLE, TITLE

pytestmark = pytest.mark.django_db

ALIKE = "general protection fault in demo_leave_nested"


def crashed(title: str, similarity: float) -> Run:
    revision = create_revision(bisection=create_bisection(title=TITLE), built=True)
    return create_run(
        revision=revision,
        outcome=Run.Outcome.OTHER_CRASH,
        title=title,
        words=f"crashed: {title}",
        similarity=similarity,
    )


def test_the_search_is_told_how_alike_other_crashes_are() -> None:
    run = crashed(ALIKE, 0.9)
    create_run(revision=run.revision, index=1, outcome=Run.Outcome.CRASH, similarity=1)
    (known,) = evidence([run.revision])
    assert known.alike == (Alike(ALIKE, 0.9),)


def test_pages_say_how_alike_a_crash_is_and_logs_keep_its_words(client: Client) -> None:
    run = crashed(ALIKE, 0.9)
    for address in (run.get_absolute_url(), run.revision.bisection.get_absolute_url()):
        page = client.get(address).content.decode()
        assert f"crashed alike (0.9): {ALIKE}" in page
        assert "\N{ALMOST EQUAL TO}" in page
    assert run.words == f"crashed: {ALIKE}"


def test_an_unlikely_crash_is_only_another_one(client: Client) -> None:
    run = crashed(OTHER_TITLE, 0.4)
    assert not run.is_alike
    assert run.said == run.words


def test_the_first_report_names_the_bug_too() -> None:
    bisection = Bisection(title="reported: something crashed", crash=Crash(report=f"{TITLE}\n"))
    assert bisection.looked_for().title == "reported: something crashed"
    bisection.crash.report = "general protection fault: 0000 [#1]\nRIP: 0010:foo_bar+0x1/0x2\n"
    bug = bisection.looked_for()
    assert "general protection fault in foo_bar" in bug.alt_titles
    assert bug.report
    assert not Bisection(title="", crash=bisection.crash).looked_for().title
