"""The page of sub-commands, and the way to each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner.__main__ import COMMANDS, Command, main, run

ROOT = Path(__file__).parents[2]


def runner(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "runner", *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)], ids=repr)
def test_the_page_names_every_command_with_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, command in COMMANDS.items():
        assert [line.split()[0] for line in lines if command.line in line] == [name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(f"usage: python -m runner {name} ")


def test_an_unknown_command_is_answered_with_the_page() -> None:
    done = runner("bisectt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no command 'bisectt'" in done.stderr
    assert all(f"  {name}  " in done.stderr for name in COMMANDS)


def test_an_error_of_ours_does_not_end_like_a_search_without_a_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: Sequence[str]) -> int:
        raise ZeroDivisionError(arguments)

    monkeypatch.setitem(COMMANDS, "fail", Command(fail, "fails"))
    monkeypatch.setattr(sys, "argv", ["runner", "fail", "--now"])
    assert run() == 2
    assert "ZeroDivisionError: ['--now']" in capsys.readouterr().err
