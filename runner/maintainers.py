"""Asks a tree's own `scripts/get_maintainer.pl` who is to hear of a commit."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.contacts import checked
from runner.errors import InfraError
from runner.git import Mirror, outline
from runner.process import Finished, capture
from runner.recipients import MOST, Said, candidates, choose
from runner.sandbox import Sandbox
from runner.values import Commit, Recipients, Sha

SCRIPT = "scripts/get_maintainer.pl"
SCRIPT_SECONDS = 60
ALONE = "only the people of the commit itself are known"
# What the script reads beside the files that it is asked about: the sections may be in a folder,
# or in files called MAINTAINERS anywhere, and it knows the top of a tree by the files there.
READ = re.compile(r"[^/]+|(?:scripts|MAINTAINERS|\.scripts)/.+|.+/MAINTAINERS")
# The script puts names of files into commands of a shell.
HARMLESS = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.][A-Za-z0-9_./+,@=-]{0,500}")
# Neither the settings of the account that we run under nor the system's.
PLAIN = {"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to tell of a commit."""

    sha: Sha
    file: str = ""
    """Where the kernel crashed, as the tree names it; empty when nobody knows."""
    newest: Sha = ""
    """The commit whose `.mailmap` says where people are today; empty: the commit's own."""


def whom_to_tell(
    mirror: Mirror,
    question: Question,
    sandbox: Sandbox,
    *,
    never: Collection[str] = (),
    most: int = MOST,
) -> Recipients:
    """The people of a commit, by the script as it was in that commit's tree and by the commit.

    A tree without the script, or with one that fails, is no error: the people of the trailers
    remain, and the note says so. The mirror is a repository itself, no work tree of one.
    """
    commit = mirror.commit(question.sha)
    said = ask_script(mirror, commit, question.file, sandbox)
    found = candidates(said, commit)
    people = list(dict.fromkeys(one.who for one in found))
    now = mirror.mailmapped([(one.name, one.address) for one in people], _mailmap(mirror, question))
    mailmap = {old: checked(*new) for old, new in zip(people, now, strict=True)}
    return choose(found, mailmap=mailmap, never=never, most=most, note=said.note)


def _mailmap(mirror: Mirror, question: Question) -> Sha:
    newest = question.newest or question.sha
    return newest if mirror.read(newest, ".mailmap") is not None else question.sha


def ask_script(mirror: Mirror, commit: Commit, file: str, sandbox: Sandbox) -> Said:
    """What the script prints for a commit's patch, and for the file where it crashed."""
    paths = mirror.paths(commit.sha)
    if SCRIPT not in paths:
        return Said(note=f"{ALONE}: the tree has no {SCRIPT}")
    touched = mirror.changes(commit.sha, commit.parents)[commit.sha]
    wanted = paths & {file, *touched, *filter(READ.fullmatch, paths)}
    with tempfile.TemporaryDirectory(prefix="bisectweb-") as folder:
        source = Path(folder, "tree")
        outline(mirror, commit.sha, wanted, source)
        script = _Script(mirror, source, sandbox)
        patch, patch_note = script.of_patch(commit.sha)
        crash, crash_note = script.of_file(file, paths)
    notes = "; ".join(dict.fromkeys(filter(None, [patch_note, crash_note])))
    return Said(patch, crash, f"{ALONE}: {notes}" if notes and not patch + crash else notes)


@dataclass(frozen=True, slots=True)
class _Script:
    """The script in an outline of its tree. Each answer is its output, and a note if it fails."""

    mirror: Mirror
    source: Path
    sandbox: Sandbox

    def of_patch(self, sha: Sha) -> tuple[str, str]:
        if patch := self.mirror.patch(sha):
            return self._ask([], patch)
        return "", "the commit is a merge, which has no patch to look up maintainers for"

    def of_file(self, file: str, paths: Collection[str]) -> tuple[str, str]:
        if not file:
            return "", ""
        if file not in paths or not HARMLESS.fullmatch(file):
            return "", f"the commit has no file {file[:200]!r} to look up maintainers for"
        return self._ask(["-f", file], None)

    def _ask(self, arguments: Sequence[str], patch: bytes | None) -> tuple[str, str]:
        readable = [self.source, self.mirror.path]
        try:
            done = capture(
                self.sandbox.command(["perl", SCRIPT, *arguments], readable=readable, writable=[]),
                deadline=SCRIPT_SECONDS,
                cwd=self.source,
                env=PLAIN,
                stdin=patch,
                cancel=self.mirror.cancel,
            )
        except InfraError as error:
            return "", str(error)
        return (done.stdout.decode(errors="replace"), "") if done.succeeded else ("", _why(done))


def _why(done: Finished) -> str:
    if done.timed_out:
        return f"{SCRIPT} took longer than {SCRIPT_SECONDS} s"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"{SCRIPT} failed: {said[-1][:200] if said else f'status {done.returncode}'}"
