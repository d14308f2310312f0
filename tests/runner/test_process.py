"""Commands end at their deadline, on request and with their owner, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner import process
from runner.errors import Cancelled, InfraError
from runner.process import GUARD, capture, guarded, run, started

ROOT = GUARD.parent.parent
SECONDS = 30
"""Longer than anything here takes; reached only when a test fails."""

# Each tells the process id of a grandchild through the named pipe $1, then goes on for ever.
FAMILIES = {
    "grandchild": "sleep 1000 & echo $! > $1; wait",
    "new session": "setsid sh -c 'echo $$ > $1; exec sleep 1000' sh $1 & wait",
    "daemon": "(setsid sh -c 'echo $$ > $1; exec sleep 1000' sh $1 &) ; exec sleep 1000",
    "deaf": "trap '' TERM HUP INT; sh -c 'echo $$ > $1; sleep 1000; :' sh $1",
}
families = pytest.mark.parametrize("script", FAMILIES.values(), ids=FAMILIES)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@contextlib.contextmanager
def told(fifo: Path, action: Callable[[int], None] = lambda pid: None) -> Iterator[list[int]]:
    """Waits beside the test for the grandchild to tell its pid, then does `action`."""
    watched: list[int] = []

    def listen() -> None:
        pid = int(fifo.read_text())
        watched.append(os.pidfd_open(pid))
        action(pid)

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield watched
    finally:
        listener.join(SECONDS)
        for descriptor in watched:
            os.close(descriptor)


def is_gone(pidfd: int, seconds: float = 0) -> bool:
    return bool(select.select([pidfd], [], [], seconds)[0])


@families
def test_the_whole_family_is_gone_at_the_deadline(script: str, fifo: Path) -> None:
    with told(fifo) as watched:
        finished = run(["sh", "-c", script, "sh", fifo], deadline=2)
        assert finished.timed_out
        assert not finished.succeeded
        assert is_gone(watched[0])


@families
def test_the_whole_family_is_gone_when_cancelled(script: str, fifo: Path) -> None:
    cancel = threading.Event()
    with told(fifo, lambda _: cancel.set()) as watched:
        with pytest.raises(Cancelled):
            run(["sh", "-c", script, "sh", fifo], deadline=SECONDS, cancel=cancel)
        assert is_gone(watched[0])


OWNERS = {
    "run": "import sys; from runner.process import run; run(sys.argv[1:], deadline=1000)",
    "guarded": """
import subprocess, sys
from runner.process import guarded
with guarded(sys.argv[1:], deadline=1000) as command:
    subprocess.run(command.argv, pass_fds=command.pass_fds, start_new_session=True)
""",
}


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
@families
def test_the_whole_family_is_gone_when_its_owner_is_killed(
    script: str, owner: str, fifo: Path
) -> None:
    argv = [sys.executable, "-c", owner, "sh", "-c", script, "sh", str(fifo)]
    with subprocess.Popen(argv, cwd=ROOT) as popen:

        def kill(pid: int) -> None:
            popen.kill()

        with told(fifo, kill) as watched:
            assert popen.wait(SECONDS) == -signal.SIGKILL
            assert is_gone(watched[0], SECONDS)


def test_the_family_is_gone_when_the_whole_group_of_its_owner_is_killed(fifo: Path) -> None:
    """A supervisor does that, and a person with Ctrl-C."""
    argv = [sys.executable, "-c", OWNERS["run"], "sh", "-c", FAMILIES["daemon"], "sh", str(fifo)]
    with subprocess.Popen(argv, cwd=ROOT, start_new_session=True) as popen:

        def kill(pid: int) -> None:
            os.killpg(popen.pid, signal.SIGKILL)

        with told(fifo, kill) as watched:
            assert popen.wait(SECONDS) == -signal.SIGKILL
            assert is_gone(watched[0], SECONDS)


def test_what_a_command_leaves_running_is_gone_when_it_ends(fifo: Path) -> None:
    script = "sleep 1000 & setsid sleep 1000 & echo $! > $1"
    with told(fifo) as watched:
        finished = run(["sh", "-c", script, "sh", fifo], deadline=SECONDS)
        assert finished.succeeded
        assert is_gone(watched[0])


def test_leaving_a_started_command_kills_its_family(fifo: Path) -> None:
    ready = threading.Event()
    with told(fifo, lambda _: ready.set()) as watched:
        with started(["sh", "-c", FAMILIES["daemon"], "sh", fifo]) as child:
            assert ready.wait(SECONDS)
            assert child.wait(0) is None
        assert child.wait(0) == 128 + signal.SIGKILL
        assert is_gone(watched[0])


def test_a_started_command_is_read_live_and_its_errors_are_kept() -> None:
    with started(["sh", "-c", "echo one; echo oops >&2; exec cat"]) as child:
        assert os.read(child.stdout.fileno(), 100) == b"one\n"
        assert child.wait(SECONDS) == 0
        assert os.read(child.stdout.fileno(), 100) == b""
        assert child.errors() == b"oops\n"
        assert child.errors(2) == b"s\n"


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -SEGV $$", 139),
        ("kill -KILL $$", 137),
        ("kill -KILL 0", 137),
        ("kill -KILL $PPID; exec sleep 1000", 137),
    ],
)
def test_a_command_ends_with_its_own_status(script: str, status: int) -> None:
    finished = run(["sh", "-c", script], deadline=SECONDS)
    assert finished.returncode == status
    assert finished.succeeded == (status == 0)
    assert not finished.timed_out


def test_both_streams_are_appended_to_the_output_file(tmp_path: Path) -> None:
    output = tmp_path / "log"
    output.write_text("before\n")
    run(["sh", "-c", "echo out; echo err >&2"], deadline=SECONDS, output=output)
    assert output.read_text() == "before\nout\nerr\n"


def test_the_last_words_before_the_deadline_are_kept(tmp_path: Path) -> None:
    output = tmp_path / "log"
    finished = run(["sh", "-c", "echo so far; sleep 1000"], deadline=0.5, output=output)
    assert finished.timed_out
    assert output.read_text() == "so far\n"


def test_a_command_that_floods_its_output_file_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT", 100_000)
    finished = run(["yes"], deadline=SECONDS, output=tmp_path / "log")
    assert finished.flooded
    assert not finished.succeeded
    assert (tmp_path / "log").stat().st_size == 100_000


def test_a_full_disk_under_the_output_file_is_our_fault() -> None:
    with pytest.raises(InfraError, match="No space left on device"):
        run(["echo", "x"], deadline=SECONDS, output=Path("/dev/full"))


def test_captured_streams_are_kept_apart() -> None:
    finished = capture(["sh", "-c", "cat; echo err >&2; exit 4"], deadline=SECONDS, stdin=b"in\0")
    assert (finished.stdout, finished.stderr, finished.returncode) == (b"in\0", b"err\n", 4)


def test_a_captured_flood_is_stopped_at_its_limit() -> None:
    finished = capture(["yes"], deadline=SECONDS, limit=10_000)
    assert finished.flooded
    assert len(finished.stdout) == 10_000


def test_much_input_and_output_do_not_block_each_other() -> None:
    much = os.urandom(1 << 20)
    assert capture(["cat"], deadline=SECONDS, stdin=much).stdout == much
    assert capture(["true"], deadline=SECONDS, stdin=much).succeeded


def test_a_command_gets_an_empty_standard_input() -> None:
    assert capture(["cat"], deadline=SECONDS).stdout == b""


def test_a_missing_program_is_our_fault() -> None:
    for start in (run, capture):
        with pytest.raises(InfraError, match="no-such-program is not installed"):
            start(["no-such-program"], deadline=SECONDS)


def test_a_missing_working_folder_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="cannot start true"):
        run(["true"], deadline=SECONDS, cwd=tmp_path / "none")


def test_the_environment_is_built_and_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEFLAGS", "-n")
    lines = capture(["env"], deadline=SECONDS, env={"CC": "gcc"}).stdout.decode().splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    assert variables["CC"] == "gcc"
    assert set(variables) == {"CC", "HOME", "LANG", "LC_ALL", "PATH", "TMPDIR"}


def test_a_command_inherits_no_file_and_no_ignored_signal() -> None:
    """Neither the lifeline, which would keep it open, nor our console pipes and database."""
    listing = capture(["sh", "-c", "ls /proc/$$/fd"], deadline=SECONDS).stdout.split()
    assert listing == [b"0", b"1", b"2"]
    status = capture(["cat", "/proc/self/status"], deadline=SECONDS).stdout.decode()
    masks = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    # The C library keeps two signals for itself, and nobody can set those.
    settable = sum(1 << (number - 1) for number in signal.valid_signals())
    assert int(masks["SigIgn"], 16) & settable == 0
    assert int(masks["SigBlk"], 16) & settable == 0


def test_commands_run_at_once_in_threads() -> None:
    outputs: list[bytes] = []

    def work(number: int) -> None:
        outputs.append(capture(["echo", str(number)], deadline=SECONDS).stdout)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outputs) == [b"%d\n" % number for number in range(8)]


def run_with(command: process.Guarded) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command.argv, pass_fds=command.pass_fds, stdin=subprocess.DEVNULL, capture_output=True
    )


def test_a_guarded_command_runs_with_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/somewhere/else")
    with guarded(["env"], deadline=SECONDS, env={"A": "1 2"}) as command:
        finished = run_with(command)
    assert b"A=1 2\n" in finished.stdout
    assert b"GIT_DIR" not in finished.stdout


def test_a_guarded_family_is_gone_at_the_deadline(fifo: Path) -> None:
    with told(fifo) as watched:
        with guarded(["sh", "-c", FAMILIES["daemon"], "sh", fifo], deadline=2) as command:
            run_with(command)
        assert command.timed_out
        assert is_gone(watched[0])


def test_a_guarded_family_is_gone_when_cancelled(fifo: Path) -> None:
    cancel = threading.Event()
    with told(fifo, lambda _: cancel.set()) as watched:
        with (
            pytest.raises(Cancelled),
            guarded(
                ["sh", "-c", FAMILIES["daemon"], "sh", fifo], deadline=SECONDS, cancel=cancel
            ) as command,
        ):
            run_with(command)
        assert is_gone(watched[0])
