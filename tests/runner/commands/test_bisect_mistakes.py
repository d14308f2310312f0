"""`python -m runner bisect` and what people get wrong: told in words, before time is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.commands import bisect
from tests.runner.commands.projects import (
    STEADY,
    arguments,
    left_behind,
    planted,
    program,
    started,
)
from tests.runner.search.worlds import git


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


MISTAKES = {
    "no repository": (["--repo", "/"], "is not in a git repository"),
    "no folder": (["--repo", "/none"], "there is no folder"),
    "unknown bad": (["--bad", "nope"], "unknown commit 'nope'"),
    "unknown good": (["--good", "nope"], "unknown commit 'nope'"),
    "an option for a commit": (["--bad=--all"], "unknown commit '--all'"),
    "a range for a commit": (["--bad", "main~2..main"], "unknown commit"),
    "the same twice": (["--good", "HEAD"], "are the same"),
    "turned around": (["--good", "main", "--bad", "main~3"], "to find what fixed a bug, use --fix"),
    "a fix of nothing": (["--fix"], "--fix needs --bad"),
    "a fix turned around": (["--fix", "--bad", "main", "--good", "main~3"], "leave --fix out"),
    "no such file": (["--state", "/none/file"], "No such file"),
    "a folder for a file": (["--state", "/tmp"], "Is a directory"),
    "a program that is not there": (
        ["--prepare", "no-such-program"],
        "no program 'no-such-program'",
    ),
    "an absolute one": (["--prepare", "/no/such/program"], "no program '/no/such/program'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_before_anything_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    world = planted(tmp_path, 16)
    options, words = MISTAKES[mistake]
    argv = ["--repo", str(world.repo), *options, "--", str(world.command)]
    assert bisect.main(argv) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ")
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert world.ran == []


USAGE = {
    "no command": ([], "give the command"),
    "nothing after --": (["--"], "give the command"),
    "no number": (["--budget", "soon", "--", "true"], "'soon' is not a number"),
    "no time": (["--timeout", "0", "--", "true"], "'0' is no time"),
    "not a number at all": (["--timeout", "nan", "--", "true"], "'nan' is no time"),
    "too sure": (["--confidence", "1", "--", "true"], "'1' is not from 0.5"),
    "not sure": (["--confidence", "0.2", "--", "true"], "'0.2' is not from 0.5"),
    "an open quote": (["--prepare", "make 'x", "--", "true"], "No closing quotation"),
    "an empty command": (["--prepare", " ", "--", "true"], "no command in it"),
    "an unknown strategy": (["--strategy", "guess", "--", "true"], "invalid choice: 'guess'"),
    "an unknown option": (["--runs", "3", "--", "true"], "unrecognized arguments: --runs"),
}


@pytest.mark.parametrize("mistake", USAGE)
def test_a_wrong_command_line_is_answered_with_the_usage(
    capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    argv, words = USAGE[mistake]
    with pytest.raises(SystemExit) as ended:
        bisect.main(argv)
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith("usage: python -m runner bisect [options] -- COMMAND")
    assert words in shown


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exit 125", "the bad commit cannot be tested: the command says so"),
        ("kill -ABRT $$", "ended with status 134, a shell's word for SIGABRT"),
        ("exit 200", "ended with status 200"),
        ("no-such-command", "the command ends with 127 on the good commit, too"),
        ("exit 1", "the good commit crashes too"),
    ],
)
def test_a_command_that_cannot_answer_is_told(
    tmp_path: Path, caches: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    world = planted(tmp_path, 17)
    argv = ["--repo", str(world.repo), "--good", world.first, "--", script(tmp_path, text)]
    assert bisect.main(argv) == 2
    assert words in capsys.readouterr().err
    assert left_behind(world, caches) == []


def test_a_bad_commit_that_does_not_build_may_be_asked_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was missing may be there the next time: this is no evidence."""
    world = planted(tmp_path, 18, script=STEADY)
    prepare = f"test -e {tmp_path}/compiler"
    assert bisect.main(arguments(world, "--prepare", prepare)) == 2
    assert "the bad commit cannot be tested: not ready, exit status 1" in capsys.readouterr().err
    (tmp_path / "compiler").touch()
    assert bisect.main(arguments(world, "--prepare", prepare)) == 0


def test_a_shells_127_is_bad_where_the_good_commit_says_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 19, script=STEADY)
    inner = program(tmp_path / "inner", STEADY, world.culprit)
    world.command.write_text(f"#!/bin/sh\n{inner} || exit 127\n")
    assert bisect.main(arguments(world)) == 0
    assert f"\n{world.culprit} is the first bad commit\n" in capsys.readouterr().out


def test_a_shells_127_is_not_believed_without_a_good_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 20)
    argv = ["--repo", str(world.repo), "--", script(tmp_path, "no-such-command")]
    assert bisect.main(argv) == 2
    shown = capsys.readouterr()
    assert "a shell's word for a command that could not be run" in shown.err


def test_a_deadline_that_is_too_short_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 21)
    command = script(tmp_path, f"echo x >> {tmp_path}/hung; exec sleep 1000")
    argv = ["--repo", str(world.repo), "--timeout", "0.005", "--", command]
    assert bisect.main(argv) == 2
    assert "no run of the bad commit ended in time" in capsys.readouterr().err
    assert (tmp_path / "hung").read_text().count("x") == 3


def test_a_hang_is_bad_with_a_timeout_of_the_persons_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 22, script=STEADY)
    world.command.write_text(
        f"#!/bin/sh\ngit merge-base --is-ancestor {world.culprit} HEAD && sleep 1000\nexit 0\n"
    )
    argv = arguments(world)
    end = argv.index("--") + 1
    assert bisect.main([*argv[:end], "timeout", "0.2", *argv[end:]]) == 0
    assert f"\n{world.culprit} is the first bad commit\n" in capsys.readouterr().out


def test_a_command_line_of_the_folder_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `git bisect run` it would be found, as that tests in the folder itself."""
    world = planted(tmp_path, 23)
    (world.repo / "mine.sh").write_text("exit 1\n")
    monkeypatch.chdir(world.repo)
    assert bisect.main(["--good", world.first, "--", "sh", "mine.sh"]) == 2
    shown = capsys.readouterr()
    assert "note: mine.sh is in this folder but not in the work tree" in shown.out
    assert bisect.main(["--good", world.first, "--state", "s", "--", "./mine.sh"]) == 2
    assert "no program ./mine.sh in it" in capsys.readouterr().err


def test_a_commits_subject_cannot_play_with_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 24, script=STEADY)
    git(world.repo, "commit", "-q", "--allow-empty", "-m", "clear \x1b[2J\x07 the screen")
    assert bisect.main(arguments(world)) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "clear \N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER} the screen" in shown


def test_a_terminal_that_lacks_letters_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = planted(tmp_path, 26, script=STEADY)
    git(world.repo, "commit", "-q", "--allow-empty", "-m", "\N{SNOWMAN} " + "long " * 20)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = started(*arguments(world))
    assert (done.returncode, done.stderr) == (0, "")
    assert '"? long' in done.stdout
