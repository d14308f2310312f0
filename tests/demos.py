"""Runs `manage.py demo` as a person does, in a data folder of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.machine import accelerator

ROOT = Path(__file__).parent.parent


def run(
    manifest: Path, data: Path, after_line: Callable[[int], None] = lambda number: None
) -> dict[str, Any]:
    """The demo's last line, once it ended well. `after_line` is called after each revision."""
    argv = [sys.executable, str(ROOT / "manage.py"), "demo", str(manifest), "--once", "--port", "0"]
    env = {
        **os.environ,
        "BISECTWEB_DATA": str(data),
        "BISECTWEB_ACCELERATOR": accelerator(),
    }
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as demo:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if " crashed " in line:
                after_line(sum(" crashed " in one for one in lines))
    assert demo.returncode == 0, "".join(lines)
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    """What the demo left in its database."""
    with sqlite3.connect(data / "bisectweb.sqlite3") as database:
        return database.execute(query).fetchall()


def log(data: Path) -> str:
    """The log of the demo's bisection, as its page links it."""
    script = (
        "import django; django.setup();"
        "from bisectweb.logs import bisection_log; from bisectweb.models import Bisection;"
        "print(bisection_log(Bisection.objects.get()), end='')"
    )
    env = {
        **os.environ,
        "BISECTWEB_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "bisectweb.settings",
    }
    argv = [sys.executable, "-c", script]
    return subprocess.run(
        argv, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
