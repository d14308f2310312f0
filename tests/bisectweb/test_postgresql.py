"""What the service writes fits into PostgreSQL: tests of rows once more, in one of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from bench.web.postgres import private
from bisectweb.postgresql.base import JsonDumper, TextDumper

ROOT = Path(__file__).parents[2]


CHOSEN = (
    "test_holding.py",
    "test_views_bugs.py",
    "test_views_messages.py",
    "test_workflow.py::test_a_bug_becomes_a_culprit_a_log_and_a_mail_that_waits_for_approval",
)
"""What writes hostile text, JSON and leases; `make fast DATABASE=postgresql` runs everything."""


@pytest.mark.long
def test_pages_leases_and_a_whole_bisection_work_in_it() -> None:
    """Not in pytest's folder: that one is closed to the account which PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="bisectweb-") as folder:
        Path(folder).chmod(0o755)
        tests = [f"tests/bisectweb/{name}" for name in CHOSEN]
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        with private(Path(folder) / "rows") as address:
            done = subprocess.run(
                pytest,
                cwd=ROOT,
                env={**os.environ, "BISECTWEB_DATABASE": address},
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "kept"), [("a\0b", "a\N{REPLACEMENT CHARACTER}b"), ("a\\0b", "a\\0b"), ("", "")]
)
def test_a_nul_in_a_text_is_replaced_and_nothing_else(text: str, kept: str) -> None:
    assert bytes(TextDumper(str).dump(text) or b"") == kept.encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\0", "\N{REPLACEMENT CHARACTER}"),
        ("\0\0", "\N{REPLACEMENT CHARACTER}" * 2),
        ("\\\0", "\\\N{REPLACEMENT CHARACTER}"),
        ("\\u0000", "\\u0000"),
        ("\\\\u0000\\", "\\\\u0000\\"),
    ],
)
def test_a_nul_in_json_is_replaced_and_nothing_else(text: str, kept: str) -> None:
    dumped = JsonDumper(Jsonb).dump(Jsonb({"text": text}))
    assert json.loads(bytes(dumped or b"")) == {"text": kept}
