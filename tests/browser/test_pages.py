"""Every page there is has an example, opens for whom it is meant, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.browser.pages import PAGES, Role, person
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


def test_every_page_opens_for_its_role_and_for_no_lesser_one() -> None:
    scene = fill()
    least: dict[tuple[str, int], Role] = {}
    for page in PAGES:
        key = page.address(scene), page.status
        least[key] = min(page.role, least.get(key, page.role))
    wrong = [
        (address, role.name)
        for (address, status), needed in least.items()
        for role in Role
        if role in (needed, needed - 1)
        if (answered(address, scene, role) == status) != (role == needed)
    ]
    assert wrong == []


def answered(address: str, scene: Scene, role: Role) -> int:
    client = Client()
    if user := person(scene, role):
        client.force_login(user)
    response = client.get(address)
    response.getvalue()  # which closes its file
    return response.status_code
