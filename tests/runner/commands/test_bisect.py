"""`python -m runner bisect` on real repositories, with real commands, to the end."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.commands import bisect
from runner.locks import hold_if_free
from tests import processes
from tests.runner.commands.projects import (
    FLAKY,
    STATE,
    STEADY,
    arguments,
    left_behind,
    planted,
    program,
    recorded,
    started,
)
from tests.runner.search.worlds import git

# The runner is the parent of the guard that is the parent of the script.
RUNNER = "$(cut -d' ' -f4 /proc/$PPID/stat)"


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def wait_until_gone(word: str) -> None:
    """A guard needs a moment after its owner was killed."""
    for pid in processes.mentioning(word):
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            assert select.select([descriptor], [], [], 30)[0], "something still runs"
            os.close(descriptor)


@pytest.mark.parametrize(("strategy", "seed"), [("bayes", 1), ("bayes", 2), ("classic", 3)])
def test_a_flaky_bug_is_found(
    tmp_path: Path,
    caches: Path,
    capsys: pytest.CaptureFixture[str],
    strategy: str,
    seed: int,
) -> None:
    world = planted(tmp_path, seed)
    status = bisect.main(arguments(world, "--strategy", strategy))
    shown = capsys.readouterr()
    assert (status, shown.err) == (0, "")
    assert f"\n{world.culprit} is the first bad commit\ncommit {world.culprit}\n" in shown.out
    assert recorded(world) == world.ran
    assert left_behind(world, caches) == []


def test_the_answer_is_there_at_once_when_it_is_asked_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 4, script=STEADY)
    assert bisect.main(arguments(world)) == 0
    runs = len(world.ran)
    first = capsys.readouterr().out
    assert bisect.main(arguments(world)) == 0
    again = capsys.readouterr().out
    assert len(world.ran) == runs
    assert "going on after" in again
    assert again.split("\n\n", 1)[1] == first[first.index(f"{world.culprit} is the first") :]


def test_no_good_commit_need_be_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = planted(tmp_path, 5, script=STEADY)
    assert bisect.main(["--repo", str(world.repo), "--", str(world.command)]) == 0
    assert f"\n{world.culprit} is the first bad commit\n" in capsys.readouterr().out


def test_the_commit_that_fixed_a_bug_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 6)
    fixed = "git merge-base --is-ancestor {culprit} HEAD && exit 0\ncount=$(cat {folder}/count)\n"
    fixed = fixed + "echo $((count + 1)) > {folder}/count\ntest $((count * 7 % 10)) -ge 6\n"
    program(world.command, "#!/bin/sh\n" + fixed, world.culprit)
    words = ["--repo", str(world.repo), "--fix", "--bad", world.first, "--", str(world.command)]
    assert bisect.main(words) == 0
    assert f"\n{world.culprit} is the first good commit\n" in capsys.readouterr().out


def test_revisions_that_cannot_be_prepared_are_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 7, script=STEADY)
    child = git(world.repo, "rev-list", "--first-parent", "--reverse", f"{world.first}..main")
    broken = child.split()[3]
    prepare = f"sh -c 'echo $(git rev-parse HEAD) && test $(git rev-parse HEAD) != {broken}'"
    assert broken != world.culprit
    assert bisect.main(arguments(world, "--prepare", prepare)) == 0
    assert f"\n{world.culprit} is the first bad commit\n" in capsys.readouterr().out
    assert broken not in world.ran


def test_without_a_way_to_tell_them_apart_the_suspects_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 8, script=STEADY)
    child = git(world.repo, "rev-list", "--parents", "-1", world.culprit).split()
    ends = f"case $(git rev-parse HEAD) in {'|'.join(child[1:])}) exit 125;; esac"
    program(world.command, STEADY, world.culprit, ends)
    assert bisect.main(arguments(world)) == 1
    shown = capsys.readouterr().out
    assert "No commit could be named: " in shown
    assert f'{world.culprit[:12]} "' in shown.split("It is likely one of these:")[1]


def test_a_budget_ends_a_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = planted(tmp_path, 9, script=STEADY)
    assert bisect.main(arguments(world, "--budget", "0.0001")) == 1
    assert "the budget is used up" in capsys.readouterr().out
    assert bisect.main(arguments(world)) == 0
    assert f"\n{world.culprit} is the first bad commit\n" in capsys.readouterr().out


# Stopped, killed, two at once


def test_whatever_kills_it_no_run_is_lost_or_doubled(tmp_path: Path, caches: Path) -> None:
    """Every ninth run kills the bisection before it tells its result, some builds do, too."""
    world = planted(tmp_path, 10)
    killer = f"kill -KILL {RUNNER}; sleep 1000"
    extra = f"test $((count % 9)) = 3 && {{ {killer}; }}"
    program(world.command, FLAKY, world.culprit, extra)
    builds = tmp_path / "builds"
    build = tmp_path / "build"
    sixth = f"test $(($(wc -l < {builds}) % 6)) = 3"
    build.write_text(f"#!/bin/sh\necho x >> {builds}\n{sixth} && {{ {killer}; }}\nexit 0\n")
    build.chmod(0o755)
    deaths = 0
    while (done := started(*arguments(world, "--prepare", str(build)))).returncode != 0:
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        wait_until_gone(str(world.command))
        deaths += 1
    assert deaths > 3, deaths
    assert f"\n{world.culprit} is the first bad commit\n" in done.stdout
    assert recorded(world) == world.ran
    assert left_behind(world, caches) == []


@contextlib.contextmanager
def heard(number: signal.Signals) -> Iterator[None]:
    """Whom we start now hears the signal: in the background, and below nohup, we may not."""
    ours = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, ours)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, caches: Path) -> None:
    world = planted(tmp_path, 11)
    fifth = f"test $(wc -l < {tmp_path}/ran) = 4 && test ! -e {tmp_path}/stopped"
    extra = f"{fifth} && touch {tmp_path}/stopped && kill -INT {RUNNER} && sleep 1000"
    program(world.command, STEADY, world.culprit, extra)
    with heard(signal.SIGINT):
        done = started(*arguments(world, "--confidence", "0.95"))
    assert (done.returncode, done.stderr) == (130, "")
    assert processes.mentioning(str(world.command)) == []
    assert left_behind(world, caches) == []
    said = done.stdout.split("To go on:\n")[1]
    words = shlex.split(said)
    assert words[:4] == ["python", "-m", "runner", "bisect"]
    assert git(world.repo, "rev-parse", "main").strip() in words
    git(world.repo, "commit", "--allow-empty", "-q", "-m", "HEAD moves on")
    done = started(*words[4:])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"\n{world.culprit} is the first bad commit\n" in done.stdout
    assert recorded(world) == world.ran


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_shutdown_is_heard(tmp_path: Path, caches: Path, number: signal.Signals) -> None:
    world = planted(tmp_path, 12)
    extra = f"kill -{number} {RUNNER} && sleep 1000"
    program(world.command, FLAKY, world.culprit, extra)
    with heard(number):
        assert started(*arguments(world)).returncode == 128 + number
    assert left_behind(world, caches) == []


def test_a_torn_line_costs_one_run_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 13, script=STEADY)
    assert bisect.main(arguments(world)) == 0
    file = world.repo / ".git" / STATE
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:6]) + lines[6][:-10])
    runs, kept = len(world.ran), sum(b"outcome" in line for line in lines[:6])
    capsys.readouterr()
    assert bisect.main(arguments(world)) == 0
    shown = capsys.readouterr().out
    assert "its last line was torn and is left out" in shown
    assert f"\n{world.culprit} is the first bad commit\n" in shown
    assert recorded(world) == world.ran[:kept] + world.ran[runs:]
    assert len(world.ran) > runs


def test_of_two_at_once_the_second_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 14, script=STEADY)
    logs = world.repo / ".git" / f"{STATE}.logs"
    logs.mkdir()
    with hold_if_free(logs / "lock") as held:
        assert held
        assert bisect.main(arguments(world)) == 2
        assert "another bisection is using" in capsys.readouterr().err
        assert not (world.repo / ".git" / STATE).exists()
        assert bisect.main(arguments(world, "--state", str(tmp_path / "other"))) == 0
    assert bisect.main(arguments(world)) == 0


def test_another_question_is_refused_until_it_has_a_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = planted(tmp_path, 15, script=STEADY)
    assert bisect.main(arguments(world)) == 0
    runs = len(world.ran)
    assert bisect.main(arguments(world, "--bad", "main~1")) == 2
    assert "holds the evidence for another question: bad was" in capsys.readouterr().err
    assert len(world.ran) == runs
