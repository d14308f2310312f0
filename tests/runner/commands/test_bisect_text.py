"""The whole text of a bisection, as a person sees it: git's dates are fixed, the clock ticks."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from runner.commands import bisect
from tests.runner.commands.projects import STEADY, program
from tests.runner.search.worlds import git

GOLDEN = Path(__file__).parents[1] / "golden"
SUBJECTS = ("first light", *(f"gears: wheel {n} has {n + 7} teeth" for n in range(2, 17)))
BROKEN = 9
"""The number of the commit that does not build."""


def clockwork(folder: Path) -> Path:
    """A repository whose every byte is fixed."""
    stream = ["reset refs/heads/main\n"]
    for number, subject in enumerate(SUBJECTS, start=1):
        when = f"{1_700_000_000 + number * 3600} +0100"
        stream.append(f"commit refs/heads/main\nmark :{number}\n")
        stream.append(f"committer Wheel Maintainer <wheels@demo.invalid> {when}\n")
        stream.append(f"data {len(subject)}\n{subject}\n")
        stream.append(f"from :{number - 1}\n" if number > 1 else "")
        stream.append(f"M 644 inline wheels/{number}.c\ndata 4\n{number:3}\n\n")
        state = "broken" if number == BROKEN else "builds"
        stream.append(f"M 644 inline state\ndata 7\n{state}\n\n")
    repo = folder / "clockwork"
    git(folder, "init", "-q", "-b", "main", str(repo))
    argv = ["git", "-C", str(repo), "fast-import", "--quiet"]
    subprocess.run(argv, input="".join(stream).encode(), check=True)
    return repo


@pytest.mark.parametrize(
    ("name", "culprit", "status", "options"),
    [
        ("bisect-classic", 7, 0, ["--strategy", "classic"]),
        ("bisect-classic-skips", BROKEN + 1, 1, ["--strategy", "classic"]),
        ("bisect-bayes", 7, 0, []),
        ("bisect-bayes-skips", BROKEN + 1, 1, []),
    ],
)
def test_a_bisection_reads_as_its_golden_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    culprit: int,
    status: int,
    options: list[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repo = clockwork(tmp_path)
    test = program(tmp_path / "test", STEADY, f"main~{len(SUBJECTS) - culprit}")
    prepare = ["--prepare", "grep builds state"]
    words = ["--repo", str(repo), "--good", "main~15", *prepare, *options, "--", str(test)]
    seconds = itertools.count()
    assert bisect.main(words, clock=lambda: float(next(seconds))) == status
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.replace(str(tmp_path), "HERE") == (GOLDEN / f"{name}.txt").read_text()
