"""`python -m runner score`, as a person calls it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from runner.__main__ import main
from tests.runner.score.logs import BAD, BUG, GOOD, log, sha

RIGHT = log([("v5.2", GOOD)], [("good", GOOD), ("bad", BAD), ("good", GOOD)])


def test_each_log_is_an_object_on_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "one", tmp_path / "other"]
    files[0].write_text(RIGHT)
    files[1].write_text("error: no disk\n")
    assert main(["score", "--json", *map(str, files)]) == 0
    one, other = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(one) == ["file", "probability", "verdict", "doubtful", "reason"]
    assert (one["file"], one["verdict"], one["doubtful"]) == (str(files[0]), "trust", sha(2))
    assert 0.5 < one["probability"] < 1
    assert (other["probability"], other["verdict"], other["doubtful"]) == (None, "doubt", None)


def test_a_person_is_told_in_words_and_of_todays_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    once = (*GOOD[:9], f"crashed: {BUG}")
    file.write_text(log([("v5.2", once), ("v5.1", GOOD)], [("bad", BAD), ("good", GOOD)]))
    assert main(["score", str(file)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}: ")
    assert second == "  v5.2 was bad, by syzkaller's rules of today it is skip"


def test_a_minus_is_standard_input_and_a_missing_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(RIGHT.encode())))
    missing = tmp_path / "missing"
    assert main(["score", "--json", str(missing), "-"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["file"] == "-"
    assert said.err == f"{missing}: No such file or directory\n"
