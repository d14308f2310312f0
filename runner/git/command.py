"""One git command, on exactly one repository, in an environment of ours."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

# Else the import itself fails where git is not installed, before anybody could say so.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
from git.cmd import Git  # must come after the line above

from runner.errors import InfraError, InputError
from runner.process import guarded
from runner.values import Sha

READ_SECONDS = 120.0
OUTPUT_LIMIT = 64 << 20
"""Bytes of git's answer."""

HARDENED = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "submodule.recurse=false",
    # What a power failure leaves must be whole: git by default does not sync its refs.
    "core.fsync=all",
    # Tidy up inside our deadline and not behind our back, and keep the commits of old bisections
    # when their branch is rewritten.
    "gc.autoDetach=false",
    "gc.pruneExpire=never",
    "fetch.writeCommitGraph=true",
)
# With these a person's network settings still work; nothing else is taken from our environment.
PASSED_ON = re.compile(r"(?i)(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|SSH_AUTH_SOCK")
ISOLATED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""No settings of the account we run under, and no network."""

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
DISK = re.compile(r"No space left on device|Disk quota exceeded")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a git command left."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def reason(self) -> str:
        """Git's own words for what went wrong, on one line."""
        printable = "".join(c if c.isprintable() or c == "\n" else " " for c in self.stderr)
        lines = [line.strip()[:300] for line in printable.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
        return (fatal or lines or [f"git ended with status {self.status}"])[0]


class _Memory(RawIOBase):
    """Takes git's output, and drops what is above the limit."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit
        self.flooded = False

    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # all we are ever given
        left = self.limit - len(self.data)
        self.flooded = self.flooded or len(chunk) > left
        self.data += chunk[:left]
        return len(chunk)


def run_git(
    git_dir: Path,
    *arguments: str,
    work_tree: Path | None = None,
    deadline: float = READ_SECONDS,
    cancel: threading.Event | None = None,
    env: Mapping[str, str] | None = None,
    limit: int = OUTPUT_LIMIT,
    own: bool = False,
) -> Answer:
    """Run one git command, on exactly this repository: git never goes looking for another one.

    With `own` the settings of the person who runs us count, as they do for the git they type.
    """
    where = [f"--git-dir={git_dir.absolute()}"]
    where += [f"--work-tree={work_tree.absolute()}"] if work_tree else []
    settings = [word for setting in HARDENED for word in ("-c", setting)]
    argv = ["git", *where, *settings, *arguments]
    memory = _Memory(limit)
    variables = _environment() | ({} if own else ISOLATED) | dict(env or {})
    with guarded(argv, deadline=deadline, env=variables, cancel=cancel) as command:
        status, _, stderr = Git(str(work_tree or git_dir.parent)).execute(
            command.argv,
            with_extended_output=True,
            with_exceptions=False,
            output_stream=memory,
            pass_fds=command.pass_fds,
            start_new_session=True,
        )
    if command.timed_out:
        raise InfraError(f"git {arguments[0]} took longer than {deadline:.0f} s")
    if memory.flooded:
        raise InputError(f"git {arguments[0]} answered with more than {limit >> 20} MiB")
    answer = Answer(status, bytes(memory.data), as_text(stderr.encode(errors="surrogateescape")))
    if status and DISK.search(answer.stderr):
        raise InfraError(f"git {arguments[0]}: the disk is full: {answer.reason}")
    return answer


def _environment() -> dict[str, str]:
    passed_on = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    return passed_on | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def as_text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def full_name(sha: Sha) -> Sha:
    if not SHA.fullmatch(sha):
        raise InputError(f"not a full commit name: {sha!r}")
    return sha
