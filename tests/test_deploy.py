"""What deploy/ and the README promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import ManagementUtility

ROOT = Path(__file__).parent.parent
SOURCES = [*(ROOT / "bisectweb").glob("*.py"), *(ROOT / "bisectweb").glob("management/**/*.py")]
READ = {
    name
    for path in SOURCES
    for name in re.findall(r'"(BISECTWEB_[A-Z]+(?:_[A-Z]+)*)"', path.read_text())
}


@pytest.mark.parametrize("document", ["README.md", "deploy/environment.example"])
def test_every_variable_that_is_documented_is_read(document: str) -> None:
    named = set(re.findall(r"BISECTWEB_[A-Z_]+[A-Z]", (ROOT / document).read_text()))
    assert named
    assert named <= READ


UNITS = sorted((ROOT / "deploy").glob("*.service"))


@pytest.mark.parametrize("path", UNITS, ids=[path.stem for path in UNITS])
def test_each_unit_starts_a_command_that_exists(path: Path) -> None:
    [(command, option)] = re.findall(
        r"^ExecStart=\S+/python manage\.py (\w+) (--\w+)", path.read_text(), re.MULTILINE
    )
    found = ManagementUtility().fetch_command(command)
    assert option in found.create_parser("manage.py", command).format_help()
