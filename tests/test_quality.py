"""The rules of the house, checked: a missing tool fails, it is not skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=" ".join,
)
def test_the_tool_has_nothing_to_say(command: list[str]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_djangos_own_checks_find_nothing() -> None:
    call_command("check", fail_level="WARNING", verbosity=0)


def test_only_one_module_starts_programs() -> None:
    """GitPython, in `runner/git/`, is the one other way, and it goes through the same guard."""
    sources = [*ROOT.glob("runner/**/*.py"), *ROOT.glob("bisectweb/**/*.py")]
    starters = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if "import subprocess" in path.read_text()
    }
    assert starters == {"runner/process.py"}
