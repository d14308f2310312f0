"""The measurement of pages in a tiny size: its rows hold together, and no page asks too much."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from bench.web.rows import fill
from bench.web.targets import MOST, Cost, costs, spread, targets
from tests.browser.scene import fill as fill_scene

pytestmark = pytest.mark.django_db


def test_every_page_and_call_takes_few_queries_whatever_is_in_the_database() -> None:
    scene = fill_scene()
    made = fill(scene, 50)
    [other] = spread(scene, made, 1)
    for one in (scene, other):
        found = costs(targets(one), one)
        assert {name: cost for name, cost in found.items() if not is_right(cost)} == {}


def is_right(cost: Cost) -> bool:
    return cost.status == HTTPStatus.OK and cost.queries <= MOST
