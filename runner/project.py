"""Any project: a repository of the person who asks, and their commands that build and test it.

Their own commands on their own machine: they run in a work tree apart from the person's, but with
the person's environment, and not shut in.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from runner.errors import BuildFailed, InfraError
from runner.git import Worktree
from runner.process import Finished, run
from runner.values import Outcome, Sha

CANNOT_TEST = 125
"""The exit status by which a command says so, as with `git bisect run`."""
HIGHEST = 127
"""The highest by which it says bad; what is above is the shell's for signals, or a mistake."""

# Where git lies for whoever starts us (a hook, `git rebase --exec`) is not where our work tree is.
GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")


@dataclass(frozen=True, slots=True)
class Commands:
    """How a revision is made ready, once, and tested, as often as is asked."""

    test: Sequence[str]
    prepare: Sequence[str]
    """May be empty."""
    deadline: float
    """Seconds that each may take."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the test command."""

    outcome: Outcome
    status: int | None
    """Exit status; None when we ended it."""


@dataclass
class Project:
    """Tests one revision at a time. The caller holds the work tree's lock."""

    worktree: Worktree
    commands: Commands
    logs: Path
    """Folder for what the commands print, one file for each revision."""
    cancel: Event
    _ready: Sha | None = field(default=None, init=False)

    def is_ready(self, sha: Sha) -> bool:
        """Whether the work tree holds this revision, prepared."""
        return self._ready == sha

    def prepare(self, sha: Sha) -> None:
        """Check out and prepare a revision; `BuildFailed` when it cannot be tested."""
        self._ready = None
        self.worktree.checkout(sha)
        if self.commands.prepare:
            ended = self._run(self.commands.prepare, sha)
            if _killed(ended):
                self.close()
                raise BuildFailed(f"not ready, {_killed(ended)}")
            if ended.returncode:
                raise BuildFailed(f"not ready, exit status {ended.returncode}")
        self._ready = sha

    def run(self, sha: Sha) -> Ran:
        """Test the prepared revision once; `BuildFailed` when the command says it cannot."""
        ended = self._run(self.commands.test, sha)
        if _killed(ended):
            # It may have been in the middle of a build: what that leaves is not to be trusted.
            self.close()
            return Ran(Outcome.LOST, None)
        if ended.returncode == CANNOT_TEST:
            raise BuildFailed(f"the command says so: exit status {CANNOT_TEST}")
        return Ran(Outcome.CRASH if ended.returncode else Outcome.OK, ended.returncode)

    def strangers(self, folder: Path) -> list[str]:
        """Words of the test command that name files of a folder which the work tree lacks."""
        words = [word for word in self.commands.test if not word.startswith(("-", "/"))]
        return [
            word
            for word in words
            if (folder / word).exists() and not (self.worktree.path / word).exists()
        ]

    def log(self, sha: Sha) -> Path:
        return self.logs / f"{sha[:12]}.log"

    def close(self) -> None:
        """Leave nothing in the repository, and on the disk nothing but the logs."""
        self._ready = None
        self.worktree.remove()

    def _run(self, command: Sequence[str], sha: Sha) -> Finished:
        argv = self._argv(command)
        log = self.log(sha)
        _note(log, f"$ {shlex.join(command)}")
        ended = run(
            argv,
            deadline=self.commands.deadline,
            output=log,
            cwd=self.worktree.path,
            env=_environment(),
            cancel=self.cancel,
        )
        how = _killed(ended) or f"exit status {ended.returncode}"
        _note(log, f"-> {how}, {ended.seconds:.1f} s")
        if ended.returncode > HIGHEST and not _killed(ended):
            raise InfraError(_stopped(command, sha, ended.returncode))
        return ended

    def _argv(self, command: Sequence[str]) -> list[str]:
        """A program with a path is the work tree's, and we were started somewhere else."""
        program, *arguments = command
        if "/" not in program:
            return [program, *arguments]
        path = self.worktree.path / program
        if shutil.which(path) is None:
            raise BuildFailed(
                f"no program {program} in it (one of your own needs its absolute path)"
            )
        return [str(path), *arguments]


def _environment() -> dict[str, str]:
    """What the person would run the command with."""
    kept = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
    # An empty locale is none, where ours would be "C".
    return {"LANG": "", "LC_ALL": ""} | kept


def _killed(ended: Finished) -> str:
    """Why we ended a command; empty when it ended by itself."""
    if ended.timed_out:
        return f"stopped after {ended.seconds / 60:.1f} minutes"
    return "stopped after too much output" if ended.flooded else ""


def _note(log: Path, text: str) -> None:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise InfraError(f"cannot write {log}: {error.strerror}") from error


def _stopped(command: Sequence[str], sha: Sha, status: int) -> str:
    try:
        how = f"status {status}, a shell's word for {signal.Signals(status - 128).name}"
    except ValueError:
        how = f"status {status}"
    return (
        f"{command[0]} ended with {how}, at {sha[:12]}. As with git bisect run, this stops the"
        f" search; let the command end with 1 if it means bad"
    )
