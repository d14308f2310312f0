"""Foreign code sees what it needs and nothing else. Fails where bubblewrap does not work."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import sandbox
from runner.architecture import architecture
from runner.errors import InfraError, InputError
from runner.machines.guest import Guests
from runner.process import Finished, capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Reproducer


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """Whether bubblewrap works is remembered; these tests change the answer."""
    sandbox.unusable.cache_clear()
    yield
    sandbox.unusable.cache_clear()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Our data: a key, and two folders of which foreign code needs one each way."""
    folder = tmp_path / "data"
    for name in ("source", "objects"):
        (folder / name).mkdir(parents=True)
    (folder / "secret_key").write_text("the key")
    (folder / "source" / "main.c").write_text("source")
    return folder


def inside(data: Path, script: str) -> Finished:
    argv = Sandbox(Confinement.REQUIRE, (data,)).command(
        ["sh", "-c", script], readable=[data / "source"], writable=[data / "objects"]
    )
    return capture(argv, deadline=30, cwd=data / "source")


def test_what_is_needed_is_there(data: Path) -> None:
    done = inside(data, f"cat main.c; echo object > {data}/objects/main.o")
    assert done.stdout == b"source"
    assert (data / "objects" / "main.o").read_text() == "object\n"


@pytest.mark.parametrize(
    "script",
    [
        "cat {data}/secret_key",
        "echo x > {data}/source/main.c",
        "echo x > /etc/planted",
        "echo x > /usr/bin/planted",
        "kill -0 {pid}",
        "cat /proc/{pid}/environ",
    ],
)
def test_what_is_not_needed_is_out_of_reach(data: Path, script: str) -> None:
    command = script.format(data=data, pid=os.getpid())
    assert inside(data, command).returncode != 0
    assert (data / "source" / "main.c").read_text() == "source"


def test_there_is_no_network(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        knock = f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 5)'"
        assert capture(["sh", "-c", knock], deadline=30).succeeded
        assert not inside(data, knock).succeeded


def test_the_sockets_of_services_are_out_of_reach(data: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(data / "database"))
        server.listen()
        connect = f'socket.socket(socket.AF_UNIX).connect("{data}/database")'
        knock = f"python3 -c 'import socket; {connect}'"
        assert capture(["sh", "-c", knock], deadline=30).succeeded
        assert not inside(data, knock).succeeded
    assert inside(data, "ls -A /run").stdout == b""


def test_whoever_is_root_has_no_rights_beyond_their_files(data: Path) -> None:
    assert b"CapEff:\t0000000000000000" in inside(data, "cat /proc/self/status").stdout


def test_what_is_written_outside_is_gone(data: Path) -> None:
    assert inside(data, f"echo x > {data}/planted && echo x > /tmp/planted-by-a-test").succeeded
    assert not (data / "planted").exists()
    assert not Path("/tmp/planted-by-a-test").exists()


def test_a_reproducer_cannot_show_our_files(data: Path, tmp_path: Path) -> None:
    guests = Guests(
        data / "guests", "gcc", architecture("x86_64"), Sandbox(Confinement.REQUIRE, (data,))
    )
    assert guests.archive(Reproducer("int main(void) { return 0; }"), None).is_file()
    steal = f'asm(".data\\n.incbin \\"{data}/secret_key\\""); int main(void) {{ return 0; }}'
    with pytest.raises(InputError, match="does not compile"):
        guests.archive(Reproducer(steal), None)


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))


@pytest.mark.usefixtures("without_bubblewrap")
def test_where_it_does_not_work_the_deployment_decides(data: Path) -> None:
    argv = ["make"]
    for confinement in (Confinement.AUTO, Confinement.OFF):
        here = Sandbox(confinement, (data,))
        assert here.command(argv, readable=[], writable=[]) == argv
    with pytest.raises(InfraError, match=r"must be shut in.*bwrap is not installed"):
        Sandbox(Confinement.REQUIRE, (data,)).command(argv, readable=[], writable=[])


def test_a_machine_that_is_too_busy_to_ask_is_not_taken_for_an_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bwrap"
    slow.write_text("#!/bin/sh\nexec sleep 1000\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(InfraError, match="too busy"):
        sandbox.asked(0.1)
