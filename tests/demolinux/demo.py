"""What a generated folder has: the manifest, and the repository to ask git about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.process import capture


class Demo:
    """A generated folder."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.manifest: dict[str, Any] = json.loads((out / "demo.json").read_text())

    def git(self, *arguments: str) -> str:
        ended = capture(["git", f"--git-dir={self.manifest['tree']}", *arguments], deadline=120)
        assert ended.succeeded, ended.stderr.decode()
        return ended.stdout.decode().rstrip("\n")
