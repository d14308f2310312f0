"""Pages that update themselves, under our own security policy, and rest when all is over; and what
else their scripts do.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from bisectweb.models import Bisection, Note
from tests.browser.conftest import Tabs
from tests.browser.scene import filed, under_way
from tests.factories import (
    create_bisection,
    create_bug,
    create_culprit,
    create_revision,
    create_run,
    create_standing,
    create_tree,
    people,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLL_MS = 2100


def test_a_page_follows_its_bisection_to_the_end_and_then_rests(tabs: Tabs) -> None:
    bisection = create_bisection(state=Bisection.State.RUNNING, activity="building 1a2b3c")
    tab = tabs()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.clock.install()
    tab.goto(bisection.get_absolute_url())
    expect(tab.locator("#activity")).to_have_text("Building 1a2b3c")
    tab.evaluate("window.sameDocument = true")

    revision = create_revision(bisection=bisection, built=True)
    run = create_run(revision=revision, outcome="crash", words="crashed: WARNING in x")
    tab.clock.run_for(POLL_MS)
    expect(tab.locator(f"#run-{run.pk}")).to_have_attribute(
        "aria-label", "run 0: crashed: WARNING in x"
    )

    culprit = create_culprit(bisection=bisection)
    Bisection.objects.update(state=Bisection.State.FOUND)
    tab.clock.run_for(POLL_MS)
    expect(tab.get_by_role("heading", name=culprit.subject)).to_be_visible()
    assert tab.evaluate("window.sameDocument")
    seen = len(asked)
    assert seen > 2
    tab.clock.run_for(10 * POLL_MS)
    assert asked[seen:] == []


def test_nothing_jumps_while_a_bisection_goes_on(tabs: Tabs) -> None:
    bisection = under_way(filed(create_tree(), None), None)
    revision = bisection.revisions.exclude(state="done").get()
    tab = tabs()
    tab.clock.install()
    tab.goto(bisection.get_absolute_url())
    for number in range(3):
        words = f"running {revision.sha[:12]}, run {number}"
        Bisection.objects.filter(pk=bisection.pk).update(activity=words)
        run = create_run(revision=revision, index=number)
        tab.clock.run_for(POLL_MS)
        expect(tab.locator("#activity")).to_have_text(words.capitalize())
        expect(tab.locator(f"#run-{run.pk}")).to_have_count(1)
    assert tab.evaluate("window.shifts") == []
    tab.evaluate("document.querySelector('main').prepend(document.createElement('h1'), 'x')")
    tab.wait_for_function("window.shifts.length > 0")


def test_the_arrow_keys_go_from_step_to_step(tabs: Tabs) -> None:
    bisection = create_bisection(state="found")
    for _ in range(4):
        create_standing(bisection)
    tab = tabs()
    tab.goto(bisection.get_absolute_url())
    tab.evaluate("window.sameDocument = true")
    which = tab.locator("#chart .which")
    for key, number in (("ArrowLeft", 2), ("ArrowLeft", 1), ("ArrowRight", 2), ("ArrowRight", 3)):
        tab.keyboard.press(key)
        expect(which).to_have_text(f"step {number} of 3")
    tab.get_by_role("link", name="previous").click()
    expect(which).to_have_text("step 2 of 3")
    assert tab.evaluate("window.sameDocument")


def test_the_fixes_line_is_copied(tabs: Tabs) -> None:
    culprit = create_culprit()
    tab = tabs(permissions=["clipboard-read", "clipboard-write"])
    tab.goto(culprit.bisection.get_absolute_url())
    tab.get_by_role("button", name="Copy the Fixes line").click()
    expect(tab.locator("[data-copy=fixes]")).to_have_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == culprit.fixes_line


def test_a_form_is_sent_once_however_often_it_is_clicked(tabs: Tabs, admin_user: User) -> None:
    bug = create_bug()
    tab = tabs(admin_user)
    tab.goto(bug.get_absolute_url())
    tab.get_by_label("Write a note").fill("seen here, too")
    tab.get_by_role("button", name="Add the note").dblclick()
    expect(tab.get_by_text("seen here, too")).to_have_count(1)
    assert Note.objects.count() == 1


def test_a_slash_searches_wherever_one_is(tabs: Tabs) -> None:
    tab = tabs()
    for address in ("/", "/docs/"):
        tab.goto(address)
        tab.keyboard.press("/")
        expect(tab.get_by_role("searchbox")).to_be_focused()
        tab.keyboard.type("/")
        expect(tab.get_by_role("searchbox")).to_have_value("/")


@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_no_page_is_wider_than_its_window_whatever_is_on_it(tabs: Tabs, width: int) -> None:
    bisection = create_bisection(state="found", activity="x" * 300)
    create_culprit(
        bisection=bisection, subject="x" * 300, people=people(cc=["y" * 200 + "@kernel.invalid"])
    )
    revision = create_revision(bisection=bisection, subject="z" * 300, runs_wanted=100)
    run = create_run(revision=revision, words="crashed: " + "w" * 300, console="c" * 5000)
    tab = tabs(viewport={"width": width, "height": 900})
    for address in (
        "/",
        bisection.bug.get_absolute_url(),
        bisection.get_absolute_url(),
        run.get_absolute_url(),
    ):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, address
