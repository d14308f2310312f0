"""A disk of a megabyte or a few, to see what happens when it fills. Works with and without root."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runner.process import GUARD, capture

SHELL = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"'


def on_small_disk(folder: Path, script: str, *arguments: Path | str, size: str = "1m") -> str:
    """The exception, as `Type: message`, that a Python script ends with there.

    The disk is mounted at `folder` for the script alone, which gets it as `sys.argv[1]`.
    """
    # Root may mount as it is; and may be where it may not have a user name space, as in a chroot.
    become_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    argv: list[Path | str] = ["unshare", "--mount", *become_root, "sh", "-c", SHELL, "sh"]
    argv += [size, folder, sys.executable, "-c", script, folder, *arguments]
    finished = capture(argv, deadline=120, env={"PYTHONPATH": str(GUARD.parent.parent)})
    assert finished.returncode == 1, finished.stderr
    return finished.stderr.decode().splitlines()[-1]
