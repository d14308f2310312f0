"""`python -m runner recipients`: what people and their scripts read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.__main__ import main
from tests.runner.git.repositories import commit, git, repository

MESSAGE = "x: y\n\nReviewed-by: Second Pair <eyes@demo.invalid>"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = repository(tmp_path)
    commit(path, MESSAGE, a="2\n")
    return path


def ask(repo: Path, *arguments: str) -> int:
    return main(["recipients", "--repo", str(repo), "--commit", "HEAD", *arguments])


def test_scripts_read_each_person_with_the_reason(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(repo, "--json") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == [
        {
            "address": "core@demo.invalid",
            "name": "Core Maintainer",
            "header": "to",
            "reason": "author of the culprit",
        },
        {
            "address": "eyes@demo.invalid",
            "name": "Second Pair",
            "header": "cc",
            "reason": "reviewed the culprit",
        },
    ]
    assert "note: only the people of the commit itself are known" in shown.err


def test_people_read_lines(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(repo, "--never", "Core@demo.invalid") == 0
    assert capsys.readouterr().out == (
        "Cc: Second Pair <eyes@demo.invalid> (reviewed the culprit)\n"
    )


def test_a_mailmap_that_is_newer_than_the_commit_counts(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = git(repo, "rev-parse", "HEAD")
    commit(repo, "mailmap", **{".mailmap": "<now@demo.invalid> <core@demo.invalid>\n"})
    assert main(["recipients", "--repo", str(repo), "--commit", sha, "--most", "1"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "To: Core Maintainer <now@demo.invalid> (author of the culprit)\n"
    assert "1 of 2 are left out" in shown.err


@pytest.mark.parametrize("revision", ["nonsense", "--output=x", ":/base"])
def test_an_unknown_commit_is_trouble(
    repo: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipients", "--repo", str(repo), f"--commit={revision}"]) == 2
    assert capsys.readouterr().err.startswith("error: unknown commit")


def test_a_folder_without_a_repository_is_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path / "none") == 2
    assert "there is no folder" in capsys.readouterr().err
