"""`python -m runner simulate`."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from runner.simulation import Trial, Window, trial
from runner.simulation.campaign import Campaign, Setting
from runner.simulation.command import main
from tests.runner.search.worlds import git_repository

FEW = ["--commits", "150", "--trials", "4", "--jobs", "1"]


def lines_of_json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_table_has_a_line_for_each_setting_averages_and_ratios(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["--p", "0.5,1", "--q", "0,0.01", "--policy", "bayes,classic", "--history", "git"]
    assert main([*FEW, *asked]) == 0
    out = capsys.readouterr().out
    settings = [line for line in out.splitlines() if line.startswith("plain  ")]
    assert len(settings) == 2 * 2 * 2 + 2 * 2
    assert sum(">=0.2" in line for line in settings) == 4
    assert out.count("classic takes") == 2
    assert "commits 150, merges" in out


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """In an easy world everything that can be told apart is found, by either policy."""
    asked = ["--p", "1", "--q", "0", "--policy", "bayes,classic", "--history", "line", "--json"]
    assert main([*FEW, *asked]) == 0
    head, bayes, classic, *averages, ratio = lines_of_json(capsys)
    assert head == {"commits": 150, "merges": 0, "worlds": 4, "seed": 1}
    for line in (bayes, classic):
        assert (line["world"], line["crash_rate"], line["trials"]) == ("plain", "1", 4)
        assert line["right_of_identifiable"] == 1
        assert line["wrong"] == 0
    assert [line["policy"] for line in averages] == ["bayes", "classic"]
    assert (ratio["policy"], ratio["against"]) == ("classic", "bayes")
    minutes = [float(str(line["minutes"])) for line in (classic, bayes)]
    assert ratio["minutes"] == pytest.approx(minutes[0] / minutes[1])


def test_the_prior_of_a_stack_saves_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--world", "stack", "--p", "1", "--policy", "bayes,informed", "--trials", "12"]
    assert main(["--commits", "400", "--jobs", "1", "--json", *asked]) == 0
    ratio = lines_of_json(capsys)[-1]
    assert 0.3 < float(str(ratio["minutes"])) < 0.9


def test_a_real_repository_is_as_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shas = list(git_repository(tmp_path / "r", random.Random(7), commits=80))
    where = ["--repo", str(tmp_path / "r"), "--good", shas[-1], "--bad", "main"]
    assert main([*where, "--trials", "3", "--jobs", "1", "--p", "1", "--json"]) == 0
    head, line, *_ = lines_of_json(capsys)
    assert head["commits"] == len(shas) - 1
    assert line["trials"] == 3


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--repo", "."], "--repo needs --good and --bad"),
        (["--repo", "/nowhere", "--good", "a", "--bad", "b"], "/nowhere"),
        (["--commits", "5"], "at least 100 commits"),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_change(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert main(arguments) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--world", "plain,flat"], "'flat' is none of plain, older"),
        (["--policy", "luck"], "'luck' is none of bayes"),
        (["--p", "1.5"], "between 0 and 1"),
        (["--p", "often"], "invalid"),
        (["--trials", "0"], "must be 1 or more"),
        (["--history", "svn"], "invalid choice"),
    ],
)
def test_an_unknown_word_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_search_without_end_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LIMIT", 2)
    assert main([*FEW, "--p", "1"]) == 2
    assert "no end after 2 decisions in world 0 of seed 1" in capsys.readouterr().err


def test_several_processes_measure_the_same(topics: Window) -> None:
    settings = [
        Setting("plain", p, 0.01, policy) for p in (0.5, 1) for policy in ("bayes", "classic")
    ]
    campaign = Campaign(topics, seed=3, trials=7)
    alone, together = (
        [[untimed(trial) for trial in some] for some in campaign.run(settings, jobs)]
        for jobs in (1, 2)
    )
    assert alone == together
    assert [[trial.world for trial in some] for some in alone] == [list(range(7))] * 4


def untimed(one: Trial) -> Trial:
    return replace(one, seconds=0)
