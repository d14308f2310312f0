"""One `manage.py serve` for one data folder, which keeps its programs alive."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from bisectweb import listening
from bisectweb.serving import LOCK, Service, serving, web_server
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


def test_a_connection_that_says_nothing_is_not_accepted() -> None:
    argv = web_server("127.0.0.1", 8000)
    assert argv[argv.index("--config") + 1] == f"python:{listening.__name__}"
    with socket.create_server(("127.0.0.1", 0)) as one:
        listening.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=one)]))
        one.settimeout(0.2)
        with socket.create_connection(one.getsockname()) as client:
            with pytest.raises(TimeoutError):
                one.accept()
            client.sendall(b"GET / HTTP/1.1")
            one.settimeout(10)
            one.accept()[0].close()


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
