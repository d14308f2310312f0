"""`python -m runner log` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.commands.log import difference, main

EXAMPLES = Path(__file__).parent.parent / "log" / "examples"


def test_logs_that_are_written_as_they_were_read_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", *map(str, EXAMPLES.glob("*.txt"))]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_file_that_is_missing_is_told_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json", str(tmp_path / "none"), str(EXAMPLES / "cause-2025.txt")]) == 2
    out, err = capsys.readouterr()
    assert err == f"{tmp_path / 'none'}: No such file or directory\n"
    assert json.loads(out)["ending"] == "culprit"


def test_the_values_are_one_object_for_each_log(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(EXAMPLES / name) for name in ("cause-2025.txt", "cause-2020-halves.txt")]
    assert main(["--json", *files]) == 0
    found, open_ = map(json.loads, capsys.readouterr().out.splitlines())
    assert [found["file"], open_["file"]] == files
    assert found["totals"]["total"] == {"printed": "4h38m59.55s", "seconds": 16739.55}
    assert found["culprit"]["shown"]["author"] == "A Role <role@demo.invalid>"
    assert found["tests"][0]["runs"][0]["result"] == {
        "kind": "crashed",
        "title": "KASAN: slab-use-after-free Read in demo_close",
    }
    assert found["entries"][0]["entry"] == "Started"
    assert open_["candidates"] == ["c" * 40, "a" * 40]


def test_bytes_that_are_no_text_are_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xff\0\r\n")
    assert main(["--check", str(path)]) == main(["--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == [
        {"entry": "Unknown", "text": "\udcff\0\n"}
    ]


@pytest.mark.parametrize(
    ("read", "wrote", "told"),
    [
        (b"one\n", b"one\n", ""),
        (b"one\ntwo\n", b"one\ntwo2\n", "line 2 is 'two', written 'two2'"),
        (b"one\n", b"one\nmore\n", "line 2 is '', written 'more'"),
        (b"one", b"one\n", "line 2 is missing, written ''"),
        (b"\r\n", b"\n", r"line 1 is '\r', written ''"),
    ],
)
def test_the_first_difference_is_told(read: bytes, wrote: bytes, told: str) -> None:
    assert difference(read, wrote) == told
