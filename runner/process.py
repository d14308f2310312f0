"""Starts programs, with a deadline, and so that nothing they started is left behind.

The only module that imports `subprocess`. Every command runs below `runner/guard.py`, which kills
the command and all its descendants when we ask, when the command ends, and when we die ourselves.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import IO, BinaryIO, Protocol, TypeAlias

from runner.errors import Cancelled, InfraError

Command: TypeAlias = Sequence[str | Path]

OUTPUT_LIMIT = 256 << 20
"""Bytes a command may write to its output file: a Linux build with V=1 writes a tenth of it."""
CAPTURE_LIMIT = 64 << 20
"""Bytes of a captured command's output that are held in memory."""
CANCEL_SECONDS = 0.1
"""How often a running command looks at its cancel event."""
KILL_SECONDS = 30.0
"""How long a killed command may take to go; only a process stuck in the kernel needs longer."""
CHUNK = 1 << 16
GUARD = Path(__file__).with_name("guard.py")
# Imported, as Python keeps what is imported compiled; after the standard library in its path.
RUN_GUARD = """
import os, sys
sys.path.append(os.path.dirname(sys.argv[1]))
import guard
os._exit(guard.main(int(sys.argv[2]), sys.argv[4:]))
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    `timed_out` and `flooded` (more output than its limit) mean that we killed it.
    """

    returncode: int
    """Exit status, or 128 + n when signal n ended it."""
    seconds: float
    timed_out: bool = False
    flooded: bool = False
    stdout: bytes = b""
    """Filled by `capture` only, as is `stderr`."""
    stderr: bytes = b""

    @property
    def succeeded(self) -> bool:
        return self.returncode == 0 and not self.timed_out and not self.flooded


class Child:
    """A running command with everything it started."""

    def __init__(self, popen: subprocess.Popen[bytes], lifeline: int, errors: IO[bytes] | None):
        self._popen = popen
        self._lifeline = lifeline
        self._errors = errors

    @property
    def pid(self) -> int:
        """The process that guards the command; it lives as long as anything of the command."""
        return self._popen.pid

    @property
    def stdout(self) -> BinaryIO:
        """The reading end of a raw, unbuffered pipe. It ends when all of the command has ended."""
        assert self._popen.stdout is not None
        return self._popen.stdout  # type: ignore[return-value]  # a FileIO, as bufsize is 0

    @property
    def stdin(self) -> BinaryIO:
        """The writing end of a raw pipe, for a command that was started to talk with."""
        assert self._popen.stdin is not None
        return self._popen.stdin  # type: ignore[return-value]  # a FileIO, as bufsize is 0

    def wait(self, seconds: float | None = None) -> int | None:
        """The exit status (128 + n for signal n), or None when it still runs after `seconds`."""
        try:
            status = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return status if status >= 0 else 128 - status  # negative: the guard itself was killed

    def kill(self) -> None:
        """Kill the command with everything it started, and wait until that is gone."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self.wait(KILL_SECONDS) is None:
            self._popen.kill()
            self._popen.wait()

    def errors(self, size: int = 4096) -> bytes:
        """The last `size` bytes that the command wrote to its standard error so far."""
        assert self._errors is not None
        descriptor = self._errors.fileno()
        end = os.fstat(descriptor).st_size
        return os.pread(descriptor, size, max(0, end - size))


def run(
    argv: Command,
    *,
    deadline: float,
    output: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    cancel: threading.Event | None = None,
) -> Finished:
    """Run a command for at most `deadline` seconds; what it prints is appended to `output`.

    A failing command is no error here. Raises `Cancelled`, and `InfraError` when the program is
    not installed or the machine cannot run it.
    """
    with _output(output) as sink, _input(stdin) as source:
        streams = _Streams(source, subprocess.PIPE, subprocess.STDOUT)
        with _spawned(argv, streams, env, cwd) as child:
            return _pump(child, {child.stdout.fileno(): sink}, deadline, cancel)


def capture(
    argv: Command,
    *,
    deadline: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    cancel: threading.Event | None = None,
    limit: int = CAPTURE_LIMIT,
) -> Finished:
    """As `run`, but what the command prints is in the result, `limit` bytes of each stream."""
    stdout, stderr = _Memory(limit), _Memory(limit)
    with _input(stdin) as source:
        streams = _Streams(source, subprocess.PIPE, subprocess.PIPE)
        with _spawned(argv, streams, env, cwd) as child:
            assert child._popen.stderr is not None
            sinks = {child.stdout.fileno(): stdout, child._popen.stderr.fileno(): stderr}
            ended = _pump(child, sinks, deadline, cancel)
    return replace(ended, stdout=bytes(stdout.data), stderr=bytes(stderr.data))


@contextlib.contextmanager
def started(
    argv: Command,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    talk: bool = False,
) -> Iterator[Child]:
    """A running command whose standard output is read live. Leaving the context kills it.

    `talk`: its standard input is written live, too; `runner.conversation` does both at once.
    """
    with tempfile.TemporaryFile() as errors:
        source = subprocess.PIPE if talk else subprocess.DEVNULL
        streams = _Streams(source, subprocess.PIPE, errors)
        with _spawned(argv, streams, env, cwd) as child:
            yield child


@contextlib.contextmanager
def service(argv: Command, *, env: Mapping[str, str], cwd: Path | None = None) -> Iterator[Child]:
    """A running program of our own, which says on our standard error what it has to say."""
    errors = sys.stderr.fileno()
    with _spawned(argv, _Streams(subprocess.DEVNULL, errors, errors), env, cwd) as child:
        yield child


@dataclass(slots=True)
class Guarded:
    """The arguments with which somebody else's `Popen` runs a command below a guard."""

    argv: list[str]
    pass_fds: tuple[int, ...]
    timed_out: bool = False


@contextlib.contextmanager
def guarded(
    argv: Command,
    *,
    deadline: float,
    env: Mapping[str, str] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[Guarded]:
    """For a library that starts its processes itself: GitPython.

    Whatever runs with these arguments inside the context is killed at the deadline (`timed_out`
    is set then), when `cancel` is set (`Cancelled` is raised on leaving), when the context is
    left, and when we die. The command's environment is `env` on top of ours, nothing inherited.
    """
    variables = environment(env)
    program = _program(argv, variables)
    clean = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
    reader, lifeline = os.pipe()
    done = threading.Event()
    command = Guarded([*_guard(reader), *clean, program, *map(str, argv[1:])], (reader,))

    def watch() -> None:
        end = time.monotonic() + deadline
        while not (done.wait(CANCEL_SECONDS) or _is_set(cancel)):
            if time.monotonic() > end:
                command.timed_out = True
                break
        os.close(lifeline)

    watcher = threading.Thread(target=watch, name="guarded", daemon=True)
    watcher.start()
    try:
        yield command
    finally:
        done.set()
        watcher.join()
        os.close(reader)
    if _is_set(cancel):
        raise Cancelled


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a command sees: built, not inherited, so that no build depends on who started us."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "TMPDIR": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "LC_ALL": "C",
        **(extra or {}),
    }


@dataclass(frozen=True, slots=True)
class _Streams:
    stdin: int | IO[bytes]
    stdout: int
    stderr: int | IO[bytes]


@contextlib.contextmanager
def _spawned(
    argv: Command, streams: _Streams, env: Mapping[str, str] | None, cwd: Path | None
) -> Iterator[Child]:
    variables = environment(env)
    program = _program(argv, variables)
    reader, lifeline = os.pipe()  # not inherited by anything but what `pass_fds` names
    try:
        popen = subprocess.Popen(
            [*_guard(reader), program, *map(str, argv[1:])],
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
            bufsize=0,
            env=variables,
            cwd=cwd,
            pass_fds=(reader,),
            start_new_session=True,
        )
    except OSError as error:
        os.close(lifeline)
        raise InfraError(f"cannot start {argv[0]}: {error}") from error
    finally:
        os.close(reader)
    errors = None if isinstance(streams.stderr, int) else streams.stderr
    child = Child(popen, lifeline, errors)
    try:
        yield child
    finally:
        child.kill()
        for pipe in (popen.stdin, popen.stdout, popen.stderr):
            if pipe is not None:
                pipe.close()


def _guard(lifeline: int) -> list[str]:
    # -I and -S: nothing of the environment or of site-packages, and a quick start
    return [sys.executable, "-I", "-S", "-c", RUN_GUARD, str(GUARD), str(lifeline), "--"]


def _program(argv: Command, variables: Mapping[str, str]) -> str:
    program = shutil.which(argv[0], path=variables["PATH"])
    if program is None:
        raise InfraError(f"{argv[0]} is not installed")
    return program


def _is_set(cancel: threading.Event | None) -> bool:
    return cancel is not None and cancel.is_set()


@contextlib.contextmanager
def _input(stdin: bytes | None) -> Iterator[int | IO[bytes]]:
    if stdin is None:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:  # not a pipe: a command that does not read blocks us
        file.write(stdin)
        file.seek(0)
        yield file


@contextlib.contextmanager
def _output(path: Path | None) -> Iterator[_Sink]:
    if path is None:
        yield _Discard()
        return
    with path.open("ab", buffering=0) as file:  # unbuffered: people watch it grow
        yield _File(file, OUTPUT_LIMIT)


class _Sink(Protocol):
    """Where output goes."""

    def write(self, chunk: bytes) -> bool:
        """False when the output passes the limit; what is above it is dropped."""


class _Discard:
    def write(self, chunk: bytes) -> bool:
        return True


class _Memory:
    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit

    def write(self, chunk: bytes) -> bool:
        left = self.limit - len(self.data)
        self.data += chunk[:left]
        return len(chunk) <= left


class _File:
    def __init__(self, file: FileIO, limit: int) -> None:
        self.file = file
        self.left = limit

    def write(self, chunk: bytes) -> bool:
        kept = memoryview(chunk)[: self.left]
        self.left -= len(kept)
        flooded = len(kept) < len(chunk)
        try:
            while kept:  # a disk that fills takes a part first
                kept = kept[self.file.write(kept) :]
        except OSError as error:
            raise InfraError(f"cannot write {self.file.name!r}: {error.strerror}") from error
        return not flooded


def _pump(
    child: Child, sinks: Mapping[int, _Sink], deadline: float, cancel: threading.Event | None
) -> Finished:
    """Move output until the guard has closed all pipes, which it does last."""
    begin = time.monotonic()
    timed_out = flooded = False
    with selectors.DefaultSelector() as selector:
        for descriptor in sinks:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map() and not flooded and not timed_out:
            if _is_set(cancel):
                raise Cancelled
            for key, _ in selector.select(CANCEL_SECONDS):
                chunk = os.read(key.fd, CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                flooded = not sinks[key.fd].write(chunk) or flooded
            timed_out = bool(selector.get_map()) and time.monotonic() - begin > deadline
    if flooded or timed_out:
        child.kill()
    if timed_out:
        _drain(sinks)
    returncode = child.wait()
    assert returncode is not None  # no time limit
    return Finished(returncode, time.monotonic() - begin, timed_out, flooded)


def _drain(sinks: Mapping[int, _Sink]) -> None:
    """Keep the last words of a command that was killed at its deadline."""
    for descriptor, sink in sinks.items():
        os.set_blocking(descriptor, False)  # a process that cannot be killed holds it open
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(descriptor, CHUNK):
                sink.write(chunk)
