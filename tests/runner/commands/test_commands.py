"""`python -m runner commands`: what people and their scripts read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.__main__ import main
from tests.runner.mail.mails import PATCH, TOKEN, mail


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    one, other = tmp_path / "one.eml", tmp_path / "other.eml"
    one.write_bytes(mail(f"#bisect confirm\n#syz fxi: x\n#syz test\n\n{PATCH}"))
    other.write_bytes(mail("#syz invalid\n", "Auto-Submitted: auto-replied"))
    return [str(one), str(other)]


def test_scripts_read_an_object_for_each_mail(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["commands", "--json", *files]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    [error] = first.pop("errors")
    assert error.startswith('"#syz fxi: x": there is no such command')
    assert first == {
        "file": files[0],
        "bug": TOKEN,
        "commands": [{"name": "confirm", "args": ""}, {"name": "test", "args": ""}],
        "patch": PATCH,
        "automatic": False,
    }
    assert second == {
        "file": files[1],
        "bug": TOKEN,
        "commands": [],
        "errors": [],
        "patch": None,
        "automatic": True,
    }


def test_people_read_lines(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["commands", *files]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{files[0]}: about bug {TOKEN}",
        "  confirm",
        "  test",
        '  refused: "#syz fxi: x": there is no such command; there are fix, unfix, dup, undup, '
        "invalid, valid, test, set, unset, upstream, confirm, wrong-commit, rebisect, cancel, "
        "uncc, stop",
        "  with a patch of 13 lines",
        f"{files[1]}: sent by a program",
    ]


def test_a_file_that_is_not_there_is_trouble(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["commands", files[0], "/no/such/mail"]) == 2
    assert "No such file" in capsys.readouterr().err
