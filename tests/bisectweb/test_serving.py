"""One `manage.py serve` for one data folder."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from bisectweb.serving import LOCK, serving
from runner.errors import InfraError
from runner.locks import hold_if_free


@pytest.mark.django_db
def test_a_second_one_says_so_and_touches_nothing(settings: Settings) -> None:
    static = settings.DATA / "static"
    static.mkdir()
    (static / "app.css").write_text("what the first one serves")
    with (
        hold_if_free(settings.DATA / LOCK),
        pytest.raises(InfraError, match=f"already serves {settings.DATA}"),
        serving("127.0.0.1", 8000),
    ):
        pass
    assert [one.name for one in static.iterdir()] == ["app.css"]
