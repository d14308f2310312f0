"""The measurement of mails that come in, in a tiny size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_kind_of_mail_becomes_what_it_should() -> None:
    """In a process of its own: it has a database of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.inbound", "--count", "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "20 mails (8 ignored, 5 done, 4 unproven, 3 refused)" in done.stdout
