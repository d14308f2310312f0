"""What only a browser can tell: pages that update themselves, under our own security policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from bisectweb.models import Bisection
from tests.factories import create_bisection, create_culprit, create_revision, create_run, people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLL_MS = 2100


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page in Debian's Chromium that fails the test if the browser complains of anything."""
    # Playwright runs an event loop in this thread; our queries in between are not part of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    chromium = shutil.which("chromium")
    assert chromium, "install chromium: apt-get install --no-install-recommends chromium"
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


def test_a_page_follows_its_bisection_to_the_end_and_then_rests(
    live_server: LiveServer, page: Page
) -> None:
    bisection = create_bisection(state=Bisection.State.RUNNING, activity="building 1a2b3c")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto(f"{live_server.url}{bisection.get_absolute_url()}")
    expect(page.locator("#activity")).to_have_text("Building 1a2b3c")
    page.evaluate("window.sameDocument = true")

    revision = create_revision(bisection=bisection, built=True)
    run = create_run(revision=revision, outcome="crash", words="crashed: WARNING in x")
    page.clock.run_for(POLL_MS)
    expect(page.locator(f"#run-{run.pk}")).to_have_attribute(
        "aria-label", "run 0: crashed: WARNING in x"
    )

    culprit = create_culprit(bisection=bisection)
    Bisection.objects.update(state=Bisection.State.FOUND)
    page.clock.run_for(POLL_MS)
    expect(page.get_by_role("heading", name=culprit.subject)).to_be_visible()
    assert page.evaluate("window.sameDocument")
    seen = len(asked)
    assert seen > 2
    page.clock.run_for(10 * POLL_MS)
    assert asked[seen:] == []


def test_the_fixes_line_is_copied(live_server: LiveServer, page: Page) -> None:
    culprit = create_culprit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}{culprit.bisection.get_absolute_url()}")
    page.get_by_role("button", name="Copy the Fixes line").click()
    expect(page.locator("[data-copy=fixes]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == culprit.fixes_line


@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_no_page_is_wider_than_its_window(live_server: LiveServer, page: Page, width: int) -> None:
    bisection = create_bisection(state="found", activity="x" * 300)
    create_culprit(
        bisection=bisection, subject="x" * 300, people=people(cc=["y" * 200 + "@kernel.invalid"])
    )
    revision = create_revision(bisection=bisection, subject="z" * 300, runs_wanted=100)
    run = create_run(revision=revision, words="crashed: " + "w" * 300, console="c" * 5000)
    page.set_viewport_size({"width": width, "height": 900})
    for address in (
        "/",
        bisection.bug.get_absolute_url(),
        bisection.get_absolute_url(),
        run.get_absolute_url(),
    ):
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
