"""The way into a guest: with a script in ssh's place, which plays one that answers, or does not."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.machines import ssh
from runner.machines.ssh import Delivery, command, deliver, delivery
from runner.values import Disk

ARCHIVE = b"what the guest gets"


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    return Disk(tmp_path / "disk.img", key)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "PAUSE_SECONDS", 0.01)


def plays(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a script first on the PATH as ssh."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(f"#!/bin/sh\ncd {folder}\necho x >> attempts\n{script}\n")
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def delivered(disk: Disk) -> Delivery:
    """What became of it when it was over by itself."""
    state = Delivery()
    deliver(command(disk, 1022), ARCHIVE, state, threading.Event())
    return state


def attempts(folder: Path) -> int:
    return len((folder / "attempts").read_text().split())


def test_it_is_tried_until_the_guest_answers(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = "[ $(wc -l < attempts) -gt 2 ] || { echo 'Connection refused' >&2; exit 255; }"
    plays(tmp_path, f"{refuse}\ncat > got", monkeypatch)
    assert delivered(disk).said == ""
    assert (tmp_path / "got").read_bytes() == ARCHIVE
    assert attempts(tmp_path) == 3


def test_what_the_guest_itself_refuses_is_told_and_not_tried_again(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(tmp_path, r"printf 'tar: not found\033[31m\n' >&2; exit 127", monkeypatch)
    assert delivered(disk).said == "tar: not found[31m"
    assert attempts(tmp_path) == 1


def test_what_the_guest_says_is_bounded(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(tmp_path, r"yes evil | tr -d '\n' | head -c 9999999 >&2; exit 1", monkeypatch)
    assert 0 < len(delivered(disk).said) <= ssh.SAID_LIMIT


def test_an_attempt_ends_with_the_run(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pid")
    plays(tmp_path, "echo $$ > pid; exec sleep 600", monkeypatch)
    (tmp_path / "archive").write_bytes(ARCHIVE)
    with delivery(disk, 1022, tmp_path / "archive"):
        pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_a_disk_nothing_is_delivered(tmp_path: Path) -> None:
    before = threading.active_count()
    with delivery(None, 0, tmp_path / "none"):
        assert threading.active_count() == before


def test_nobody_elses_keys_hosts_or_agents_are_used(disk: Disk) -> None:
    argv = command(disk, 1022)
    assert argv[argv.index("-F") + 1] == "none"
    options = {argv[place + 1] for place, word in enumerate(argv) if word == "-o"}
    assert {"IdentitiesOnly=yes", "IdentityAgent=none", "UserKnownHostsFile=/dev/null"} <= options
    assert {"BatchMode=yes", "ClearAllForwardings=yes", "ForwardAgent=no"} <= options
    assert argv[-2] == "127.0.0.1"


def test_who_is_not_root_becomes_it(disk: Disk) -> None:
    other = command(Disk(disk.image, disk.key, "debian"), 1022)
    assert other[other.index("-l") + 1] == "debian"
    assert other[-1].startswith("sudo -n sh -c 'cd / && ")


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_ssh_would_refuse_is_the_persons_to_correct(disk: Disk, mode: int) -> None:
    disk.key.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        ssh.check(disk)


def test_a_missing_key_is_the_persons_to_correct(disk: Disk) -> None:
    disk.key.unlink()
    with pytest.raises(InputError, match="cannot read the ssh key"):
        ssh.check(disk)


def test_a_missing_ssh_is_our_failure(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InfraError, match="apt-get install openssh-client"):
        ssh.check(disk)
