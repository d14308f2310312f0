"""Fixtures of all that looks at whole pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

PATIENCE = 180_000
"""Milliseconds: a busy machine is slow, not wrong."""
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    window.shifts.push(entry.sources.map(({node}) => node?.outerHTML?.slice(0, 80)));
}).observe({type: "layout-shift", buffered: true});
"""
"""In each tab: `window.shifts` has what moved without anybody's doing."""


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What was counted in another test's database is not known in this one."""
    cache.clear()


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """No test writes outside its own folder."""
    settings.DATA = tmp_path
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Debian's Chromium."""
    # Playwright runs an event loop in this thread; our queries in between are not part of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    expect.set_options(timeout=PATIENCE)
    chromium = shutil.which("chromium")
    assert chromium, "install chromium: apt-get install --no-install-recommends chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


class Tabs(Protocol):
    """Opens a tab of a browser that somebody signed in with; the options are a context's."""

    def __call__(self, user: User | None = None, **options: Any) -> Page: ...


@pytest.fixture
def tabs(browser: Browser, live_server: LiveServer) -> Iterator[Tabs]:
    """Tabs on our server; the test fails if the browser complains of any page in them."""
    complaints: list[str] = []

    def open_tab(user: User | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        if user:
            sign_in(context, user, live_server.url)
        context.set_default_timeout(PATIENCE)
        tab = context.new_page()
        tab.add_init_script(WATCH_SHIFTS)
        tab.on("console", lambda message: complaints.extend(complaint(message, tab)))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: complaints.extend(outside(request.url, live_server.url)))
        return tab

    yield open_tab
    assert complaints == []


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    name = configured.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


def complaint(message: ConsoleMessage, tab: Page) -> list[str]:
    """What the browser says, but for the status of the page itself: tests look at that."""
    return [] if message.location["url"] == tab.url else [f"{tab.url}: {message.text}"]


def outside(url: str, ours: str) -> list[str]:
    return [] if url.startswith((ours, "data:")) else [f"asks for {url}"]
