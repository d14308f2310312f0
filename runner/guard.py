"""Runs one command that cannot outlive its owner: `guard.py FD -- program argument...`

The owner (`runner.process`) holds the other end of the pipe FD and never writes to it. When the
owner closes it or dies in whatever way, even by kill -9, this program sees the end of the pipe and
kills the command with everything it started. It also does so when the command ends by itself, so
nothing is ever left behind. It prints nothing, and ends with the command's own status.

It is a program of its own because only a parent with a single thread can fork safely and be the
reaper of daemons. It is below each git and make, so it starts quickly: it imports nothing but such
modules of the standard library as import next to nothing themselves.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` is this and enums: 5 ms
import ctypes
import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
NOT_EXECUTABLE = 126
NOT_FOUND = 127
KILLED = 128 + signal.SIGKILL


def prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def execute(argv: list[str], guard: int) -> None:
    """In the forked child: become the command. Does not return."""
    try:
        os.setsid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:  # it died before it could be watched
            os._exit(KILLED)
        # What is ignored stays so over exec: Python, a shell and `main` ignore some.
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvp(argv[0], argv)
    except FileNotFoundError:
        os._exit(NOT_FOUND)
    except BaseException:
        os._exit(NOT_EXECUTABLE)


def wait(child: int, lifeline: int, wakeup: int) -> int | None:
    """The exit status of `child`, or None when the owner let go first."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    poll.register(wakeup, select.POLLIN)
    while True:
        ready = [fd for fd, _ in poll.poll()]
        if lifeline in ready:
            return None
        os.read(wakeup, 4096)
        status = reap(child)
        if status is not None:
            return status


def reap(child: int) -> int | None:
    """Collect all that have ended, orphans too; the status of `child` when it is among them."""
    status = None
    try:
        while True:
            pid, raw = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return status
            if pid == child:
                code = os.waitstatus_to_exitcode(raw)
                status = code if code >= 0 else 128 - code
    except ChildProcessError:
        return status


def parent_of(pid: str) -> int:
    with open(f"/proc/{pid}/stat", "rb") as stat:
        # "pid (name) state parent ...", and a name may hold anything.
        return int(stat.read().rpartition(b")")[2].split()[1])


def descendants() -> list[int]:
    """All living descendants that can be seen right now."""
    children: dict[int, list[int]] = {}
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            children.setdefault(parent_of(pid), []).append(int(pid))
        except OSError:
            continue  # gone meanwhile
    found = [os.getpid()]
    for parent in found:
        found += children.get(parent, ())
    return found[1:]


def send_kill(send: Callable[[int, int], None], target: int) -> None:
    try:
        send(target, signal.SIGKILL)
    except OSError:
        return  # gone meanwhile


def kill_all() -> None:
    """Kill until there is no child left; orphans become ours, so none can slip away."""
    pause = 0.001
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in descendants():
            send_kill(os.kill, pid)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def main(lifeline: int, argv: list[str]) -> int:
    """The status to end with. Nothing is left to do then, not even for Python (`os._exit`)."""
    os.set_inheritable(lifeline, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # A Ctrl-C or a shutdown is the owner's to hear: it lets go of us when it wants to stop.
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        execute(argv, guard)
    status = wait(child, lifeline, wakeup)
    if status is None:
        send_kill(os.killpg, child)  # its whole group at once, then the rest
    kill_all()
    return KILLED if status is None else status
