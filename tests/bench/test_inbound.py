"""The measurement of mails that come in, in a tiny size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.parametrize("way", [[], ["--lmtp", "2"]], ids=["in process", "lmtp"])
def test_each_kind_of_mail_becomes_what_it_should(way: list[str]) -> None:
    """In a process of its own: it has a database of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.inbound", "--count", "20", *way],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "20 mails (8 ignored, 4 unproven, 4 done, 2 refused)" in done.stdout
