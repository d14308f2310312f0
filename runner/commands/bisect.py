"""`python -m runner bisect`: bisect any project with a command, as `git bisect run` does."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event
from types import FrameType

from runner.commands.options import STATE, Options
from runner.commands.screen import Screen
from runner.commands.session import Session
from runner.commands.status import Status
from runner.errors import Cancelled, InfraError, InputError
from runner.evidence_file import EvidenceFile, Question
from runner.git import Mirror, Worktree
from runner.locks import hold_if_free
from runner.project import Commands, Project
from runner.search import History
from runner.values import Sha


def main(arguments: Sequence[str], clock: Callable[[], float] = time.monotonic) -> int:
    """Exit status 0: the commit was found; 1: it was not; 2: the question or the machine is at
    fault; 128 + n: signal n asked to stop."""
    with _interrupts() as interrupt:
        try:
            return _bisect(Options.of(arguments), interrupt.event, clock)
        except Cancelled:
            return 128 + interrupt.number
        except (InputError, InfraError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return Status.TROUBLE


@dataclass
class _Interrupt:
    """A request to stop: Ctrl-C, a shutdown, a terminal that went away."""

    event: Event = field(default_factory=Event)
    number: int = 0


@contextlib.contextmanager
def _interrupts() -> Iterator[_Interrupt]:
    interrupt = _Interrupt()

    def note(number: int, frame: FrameType | None) -> None:
        interrupt.number = number
        interrupt.event.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # What is ignored stays so: that is how nohup works.
    heard = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in heard}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bisect(options: Options, cancel: Event, clock: Callable[[], float]) -> int:
    here = Mirror.around(options.repo, cancel)
    mirror = here.common()
    question = _question(options, here)
    state = (options.state or mirror.path / STATE).resolve()
    logs = state.with_name(f"{state.name}.logs")
    logs.mkdir(exist_ok=True)
    with hold_if_free(logs / "lock") as alone:
        if not alone:
            raise InputError(f"another bisection is using {state}; name another with --state")
        file = EvidenceFile.open(state, question)
        commands = Commands(options.command, options.prepare, options.timeout * 60)
        worktree = Worktree(mirror, _workspace(question.repo, state), own=True)
        project = Project(worktree, commands, logs, cancel)
        older, newer = _ends(question)
        history = History.from_git(mirror.path, older, newer, fix=question.fix)
        screen = Screen(cache(lambda sha: mirror.commit(sha).subject))
        with contextlib.closing(project):
            session = Session(
                question, project, file, history, options.policy, options.budget, screen, clock
            )
            try:
                return session.bisect()
            except Cancelled:
                again = options.again(question.bad, question.good)
                screen.gap()
                screen.says(f"Stopped. No run that ended is lost. To go on:\n{again}")
                raise


def _question(options: Options, here: Mirror) -> Question:
    """What is asked, with names turned into commits."""
    if options.fix and not options.bad:
        raise InputError("--fix needs --bad, a commit that still shows the bug")
    good = options.good or ("HEAD" if options.fix else None)
    question = Question(
        repo=str(options.repo.resolve()),
        bad=here.resolve(options.bad or "HEAD"),
        good=here.resolve(good) if good else None,
        fix=options.fix,
        prepare=options.prepare,
        command=options.command,
    )
    older, newer = _ends(question)
    if older == newer:
        raise InputError(f"the good and the bad commit are the same: {older}")
    if older and not here.contains(older, newer):
        hint = "use git merge-base to find one that is"
        if here.contains(newer, older):
            hint = "leave --fix out" if options.fix else "to find what fixed a bug, use --fix"
        raise InputError(f"{older} is not in the history of {newer}; {hint}")
    return question


def _ends(question: Question) -> tuple[Sha | None, Sha]:
    """The older and the newer end of the range."""
    if question.fix:
        assert question.good is not None
        return question.bad, question.good
    return question.good, question.bad


def _workspace(repo: str, state: Path) -> Path:
    """Where the work tree is made: below the folder for what can be made again.

    Not in the git folder, as some tools leave out what lies in one. The same each time, as
    compiler caches want it; one for each file of evidence, as those are locked.
    """
    cache_home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    name = re.sub(r"[^\w.-]", "_", Path(repo).name, flags=re.ASCII)
    key = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
    return Path(cache_home).expanduser() / "bisectweb" / f"{name}-{key}"
