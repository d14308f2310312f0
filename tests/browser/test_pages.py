"""Every page there is has an example, opens for whom it is meant, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.browser.pages import PAGES, Page, Role, person
from tests.browser.scene import Scene, fill

pytestmark = pytest.mark.django_db

DUMMIES = {
    "IntConverter": 0,
    "StringConverter": "x",
    "PathConverter": "x",
    "SlugConverter": "x",
    "UUIDConverter": "x",
}


def routes() -> Iterator[tuple[str, str]]:
    """Name and an address of each route of the site; admin and API have name spaces of theirs."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            kinds = pattern.pattern.converters.items()
            dummies = {name: DUMMIES[type(converter).__name__] for name, converter in kinds}
            yield pattern.name, reverse(pattern.name, kwargs=dummies)


def test_every_route_that_can_be_read_has_an_example(client: Client) -> None:
    client.raise_request_exception = False
    readable = {name for name, address in routes() if client.get(address).status_code != 405}
    assert readable == {page.route for page in PAGES if ":" not in page.route}
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)


def answered(page: Page, scene: Scene, role: Role) -> int:
    client = Client()
    if user := person(scene, role):
        client.force_login(user)
    response = client.get(page.address(scene))
    response.getvalue()  # which closes its file
    return response.status_code


def test_every_page_opens_for_its_role_and_for_no_lesser_one() -> None:
    scene = fill()
    wrong = [
        (page.name, role.name, status)
        for page in PAGES
        for role in Role
        if role == page.role or role == page.role - 1
        for status in [answered(page, scene, role)]
        if (status == page.status) != (role >= page.role or is_greeted(page, role))
    ]
    assert wrong == []


def is_greeted(page: Page, role: Role) -> bool:
    """A page that others see as well, with less on it."""
    return any(
        other.route == page.route and other.role <= role and other.name != page.name
        for other in PAGES
    )
