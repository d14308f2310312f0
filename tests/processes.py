"""Looks at this machine's processes, to kill some and to see that none is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def mentioning(*words: str) -> list[int]:
    """Processes whose arguments or environment hold all of these words, oldest first."""
    return [pid for pid in _all() if all(word in _text(pid) for word in words)]


def kill(pid: int) -> None:
    """What the OOM killer does."""
    os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _all() -> list[int]:
    own = os.getpid()
    return sorted(
        int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and int(p.name) != own
    )


def _text(pid: int) -> str:
    text = ""
    for name in ("cmdline", "environ"):
        try:
            text += Path(f"/proc/{pid}/{name}").read_text(errors="replace")
        except OSError:
            continue
    return text
