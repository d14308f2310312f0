"""Each measurement runs, in a tiny size, and says all that it is to say. Times are not judged."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bench import console, decision, mail, search
from runner.console import find_crash
from runner.search import Test, decide
from runner.simulation import draw, generate


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def test_the_table_of_the_search_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert search.main(["--size", "tiny", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    rows = [
        cells(line) for line in out.splitlines() if re.match(r"\| (?!figure|---|history)", line)
    ]
    figures = [
        "right, p >= 0.2, q = 0.01, % of all",
        "same, % of those that can be told apart",
        "same, minutes",
        "wrong, all p and q, % of the named",
        "right with a second bug of another title, p = 0.3, %",
        "minutes with the stack's prior, % of change",
    ]
    assert [row[0] for row in rows] == [*figures, *figures, "kernel", "git"]
    assert all(re.search(r"\d", row[2]) for row in rows)
    assert out.count("\nkernel, 150 commits") == out.count("\ngit, 150 commits") == 1


def test_in_an_easy_world_all_that_can_be_told_apart_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The tiny size has p = 1 only."""
    search.main(["--size", "tiny", "--jobs", "1"])
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if "| same, %" in line]
    assert [row[2] for row in rows] == ["100.0", "100.0"]


def test_a_figure_that_misses_by_more_than_chance_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(search.SIZES, "tiny", replace(search.SIZES["tiny"], judged=True))
    monkeypatch.setattr(search, "DOUBT", -1000.0)
    assert search.main(["--size", "tiny", "--jobs", "1"]) == 1
    assert "100.0 (missed)" in capsys.readouterr().out


def test_a_decision_is_measured_with_forty_revisions_tested_and_one_still_to_test(
    capsys: pytest.CaptureFixture[str],
) -> None:
    window = generate("kernel", 300, seed=1)
    for number in range(5):
        evidence = decision.tested(draw(window, "plain", 1, number, 0.2, 0.01), number)
        assert len({one.sha for one in evidence}) == 40
        assert isinstance(decide(window.history, evidence), Test)
    assert decision.main(["--commits", "300", "--decisions", "3"]) == 0
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if "| 300 |" in line]
    assert [row[0] for row in rows] == ["kernel", "git"]
    for row in rows:
        first, mean, p95, worst = map(float, row[2:])
        assert 0 < mean <= worst
        assert 0 < p95 <= worst
        assert first >= 0


def test_damaged_mails_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert mail.main(["--count", "20"]) == 0
    assert capsys.readouterr().out.startswith("20 damaged mails: 0 raised; ")


def test_the_speeds_of_the_console_reader_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["--megabytes", "1", "--crashes", "5"]) == 0
    assert re.fullmatch(
        r"quiet log: \d+ MB/s\n5 logs with a crash, made up: \d+\.\d MB/s\n",
        capsys.readouterr().out,
    )
    crash = find_crash(console.crash_log(7))
    assert crash is not None
    assert re.fullmatch(r"KASAN: slab-use-after-free Read in driver\d+x_release", crash.title)
