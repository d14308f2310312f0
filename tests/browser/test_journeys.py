"""What people come for, from the first page to the last click."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from bisectweb.models import Message
from bisectweb.outbound import outbox
from tests.browser.conftest import Tabs
from tests.browser.lab import crash
from tests.browser.scene import fill, lab
from tests.fakes import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_reader_finds_out_why_a_commit_was_blamed(tabs: Tabs, scripts: bool) -> None:
    scene = fill()
    tab = tabs(java_script_enabled=scripts)
    tab.goto("/")
    tab.get_by_role("searchbox").fill("slab-use-after-free")
    tab.get_by_role("searchbox").press("Enter")
    tab.locator(f'a[href="{scene.found.bug.get_absolute_url()}"]').first.click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text(crash().title)
    tab.locator(f'a[href="{scene.found.get_absolute_url()}"]').first.click()
    culprit = scene.found.culprit
    expect(tab.get_by_role("heading", name=culprit.subject).first).to_be_visible()
    expect(tab.get_by_text("with it reverted did not crash").first).to_be_visible()
    at_the_crash(tab)


def at_the_crash(tab: Page) -> None:
    """From a bisection to the console of a run that crashed, at its first line of the crash."""
    tab.locator("a.dot.crash").first.click()
    expect(tab.locator(".console .crash").first).to_be_visible()
    expect(tab.locator(".console .crash").first).to_contain_text("BUG: KASAN")


def test_an_admin_starts_a_bisection_again_and_sees_its_result(tabs: Tabs) -> None:
    scene = fill()
    tab = tabs(scene.admin)
    tab.goto(scene.failed.bug.get_absolute_url())
    tab.get_by_text("Bisect again").click()
    tab.get_by_role("button", name="Start a bisection").click()
    expect(tab.get_by_text("Queued").first).to_be_visible()
    work(lab())
    subject = scene.found.culprit.subject
    expect(tab.get_by_role("heading", name=subject).first).to_be_visible()


def test_an_admin_approves_a_mail_and_it_leaves(
    tabs: Tabs, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "bisectweb.outbound.mailbox.FolderBackend"
    scene = fill()
    tab = tabs(scene.admin, java_script_enabled=False)
    tab.goto("/")
    tab.get_by_role("link", name="Messages").first.click()
    tab.locator(f'a[href="{scene.mail.get_absolute_url()}"]').first.click()
    expect(tab.get_by_label("The mail", exact=True)).to_contain_text(scene.found.culprit.subject)
    tab.get_by_role("button", name="Approve and send").click()
    expect(tab.get_by_text("approved").first).to_be_visible()
    outbox.send(scene.mail.pk)
    [sent] = (tmp_path / "mail").iterdir()
    assert scene.found.culprit.sha[:12] in sent.read_text()
    tab.reload()
    expect(tab.locator(".badge", has_text="sent").first).to_be_visible()
    assert Message.objects.get(pk=scene.mail.pk).state == Message.State.SENT
