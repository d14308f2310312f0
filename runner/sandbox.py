"""Shuts foreign code in while it builds: no network, a read-only system, none of our data.

Makefiles, reproducers and a tree's scripts run whatever their author likes. Where bubblewrap works
they see the system read-only, an empty /tmp, no other process, no service's socket, and of our data
only what they need.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from runner.errors import InfraError
from runner.process import Command, capture

logger = logging.getLogger(__name__)

PROBE = ("bwrap", "--unshare-net", "--unshare-pid", "--ro-bind", "/", "/", "true")
PROBE_SECONDS = 60.0
# The second holds the sockets of databases and other services, some of which trust our account.
ALWAYS_EMPTY = (Path("/tmp"), Path("/run"))
# Keys and passwords of the account that the service runs under.
SECRETS = (".ssh", ".gnupg", ".netrc", ".aws", ".config", ".git-credentials")


class Confinement(StrEnum):
    """How much a deployment insists on it."""

    AUTO = "auto"
    """Where bubblewrap works."""
    REQUIRE = "require"
    """Or else nothing is built."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How foreign code is shut in on this machine."""

    confinement: Confinement
    hidden: tuple[Path, ...]
    """Folders of ours that look empty from inside."""

    @property
    def is_closed(self) -> bool:
        """Whether foreign code is shut in for sure."""
        return self.confinement != Confinement.OFF and not unusable()

    def command(
        self, argv: Command, *, readable: Sequence[Path], writable: Sequence[Path]
    ) -> Command:
        """The command that runs `argv` shut in; `InfraError` when that is required but cannot be.

        `readable` and `writable` may lie in hidden folders; they must exist.
        """
        if self.confinement == Confinement.OFF:
            return argv
        if problem := unusable():
            if self.confinement == Confinement.REQUIRE:
                raise InfraError(
                    f"builds must be shut in, and bubblewrap does not work here: {problem}"
                )
            return argv
        if shutil.which(argv[0]) is None:
            # Bubblewrap would say so in words that look like a failed build.
            raise InfraError(f"{argv[0]} is not installed")
        secrets = [path for name in SECRETS if (path := Path.home() / name).is_dir()]
        empty = [*ALWAYS_EMPTY, *(path for path in self.hidden if path.is_dir()), *secrets]
        return [
            *("bwrap", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
            *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
            *(word for path in empty for word in ("--tmpfs", path)),
            *(word for path in readable for word in ("--ro-bind", path, path)),
            *(word for path in writable for word in ("--bind", path, path)),
            "--",
            *argv,
        ]


@cache
def unusable() -> str:
    """Why bubblewrap cannot be used here, found out by using it; empty when it can."""
    problem = asked(PROBE_SECONDS)
    if problem:
        logger.warning("foreign code is not shut in: bubblewrap does not work here: %s", problem)
    return problem


def asked(seconds: float) -> str:
    """The same without a memory. `InfraError` where nobody can know: a machine that was too busy
    for the question must not run foreign code in the open for ever after.
    """
    try:
        done = capture(PROBE, deadline=seconds)
    except InfraError as error:
        return str(error)
    if done.timed_out:
        raise InfraError(f"bubblewrap did not answer within {seconds:.0f} s: is it too busy here?")
    said = done.stderr.decode(errors="replace").strip()[-200:] or "it gives no reason"
    return "" if done.succeeded else said
