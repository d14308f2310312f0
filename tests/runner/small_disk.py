"""A disk of one megabyte, to see what happens when it fills. Needs no rights of root."""

from __future__ import annotations

import sys
from pathlib import Path

from runner.process import GUARD, capture

SHELL = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'


def on_small_disk(folder: Path, script: str, *arguments: Path | str) -> str:
    """The exception, as `Type: message`, that a Python script ends with there.

    The disk is mounted at `folder` for the script alone, which gets it as `sys.argv[1]`.
    """
    argv: list[Path | str] = ["unshare", "--mount", "--map-root-user", "sh", "-c", SHELL, "sh"]
    argv += [folder, sys.executable, "-c", script, folder, *arguments]
    finished = capture(argv, deadline=120, env={"PYTHONPATH": str(GUARD.parent.parent)})
    assert finished.returncode == 1, finished.stderr
    return finished.stderr.decode().splitlines()[-1]
