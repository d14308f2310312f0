"""One `manage.py serve` for one data folder, which keeps its programs alive."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from bisectweb.serving import LOCK, Service, serving
from runner.errors import InfraError
from runner.locks import hold_if_free


@pytest.mark.parametrize(
    ("program", "again"), [("kill -9 $$", True), ("exit 1", False)], ids=["killed", "broken"]
)
def test_what_is_killed_is_started_again_and_what_cannot_work_is_not(
    program: str, again: bool
) -> None:
    one = Service("a program", ["sh", "-c", program], {})
    try:
        assert one.child.wait(60) is not None
        assert one.revive() is again
    finally:
        one.stack.close()


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
