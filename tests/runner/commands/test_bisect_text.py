"""The whole text of a bisection, as a person sees it: git's dates are fixed, the clock ticks."""

from __future__ import annotations

import itertools
import re
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


def told(
    folder: Path, culprit: int, *options: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """The exit status and the text of a bisection."""
    repo = clockwork(folder)
    test = program(folder / "test", STEADY, f"main~{len(SUBJECTS) - culprit}")
    prepare = ["--prepare", "grep builds state"]
    words = ["--repo", str(repo), "--good", "main~15", *prepare, *options, "--", str(test)]
    seconds = itertools.count()
    status = bisect.main(words, clock=lambda: float(next(seconds)))
    shown = capsys.readouterr()
    assert shown.err == ""
    return status, shown.out.replace(str(folder), "HERE")


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "culprit", "status"),
    [("bisect-classic", 7, 0), ("bisect-classic-skips", BROKEN + 1, 1)],
)
def test_a_bisection_reads_as_its_golden_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, culprit: int, status: int
) -> None:
    text = (GOLDEN / f"{name}.txt").read_text()
    assert told(tmp_path, culprit, "--strategy", "classic", capsys=capsys) == (status, text)


ASKED = re.compile(
    r'\[ \d+ tested, \d+ runs? \] [0-9a-f]{12} "[a-z0-9: ]+", (?:up to )?\d+ runs?: '
    r"(?:does it show the bug, and how often\?|it is the culprit, if it shows the bug itself"
    r"|[\d.]+ % likely bad; about [\d.]+ s left; "
    r"(?:\d+ suspects|best suspect [0-9a-f]{12}, [\d.]+ %)(?:; [\d.]+ % that the bug is older)?)"
)
SAW = re.compile(r"    (?:[.F]+  \d+ bad of \d+|skipped: not ready, exit status 1 \(see HERE/.*\))")


@pytest.mark.parametrize(("culprit", "status"), [(7, 0), (BROKEN + 1, 1)])
def test_the_probabilistic_search_is_told_in_pairs_of_lines_between_the_same_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], culprit: int, status: int
) -> None:
    """What it asks for is the search's to choose, and changes when that learns something new."""
    classic = GOLDEN / ("bisect-classic.txt" if status == 0 else "bisect-classic-skips.txt")
    opening, _, expected = classic.read_text().split("\n\n", 2)
    got, text = told(tmp_path, culprit, capsys=capsys)
    head, middle, ending = text.split("\n\n", 2)
    assert (got, head) == (status, opening)
    asked, saw = middle.splitlines()[::2], middle.splitlines()[1::2]
    assert len(asked) == len(saw) > 5
    assert [line for line in asked if not ASKED.fullmatch(line)] == []
    assert [line for line in saw if not SAW.fullmatch(line)] == []
    if status == 0:
        assert ending.rsplit("\n\n", 1)[0] == expected.rsplit("\n\n", 1)[0]
        assert re.search(r"\n99\.\d % sure after \d+ revisions, \d+ runs, \d+ s of build", ending)
    else:
        assert re.search(r"\n +\d+ %  e652f0aa68ed \"gears: wheel 10 has 17 teeth\"\n", ending)
        assert re.search(r"\nInconclusive after \d+ revisions, \d+ runs, \d+ s of build", ending)
