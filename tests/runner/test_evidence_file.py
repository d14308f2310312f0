"""The file of evidence: complete, whole after any death, and for one question only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.evidence_file import EvidenceFile, Question, Record
from runner.search import Evidence, Outcome

BAD, GOOD, OTHER = "b" * 40, "a" * 40, "c" * 40
QUESTION = Question("/repo", BAD, GOOD, False, ("make", "-s"), ("./test", "--once", "caf\udce9"))
RECORDS = [
    Record(BAD, 61.5),
    Record(BAD, 0.25, outcome=Outcome.CRASH, status=1, first=True),
    Record(BAD, 0.125, outcome=Outcome.OK, status=0),
    Record(OTHER, 3.0, built=False),
    Record(GOOD, 3600.0, outcome=Outcome.LOST),
    Record(BAD, 0.5, outcome=Outcome.CRASH, status=2),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evidence.jsonl"


def written(path: Path) -> EvidenceFile:
    file = EvidenceFile.open(path, QUESTION)
    for record in RECORDS:
        file.add(record)
    return file


def test_what_was_written_is_read_again(path: Path) -> None:
    file = written(path)
    again = EvidenceFile.open(path, QUESTION)
    assert again == file
    assert again.records == RECORDS
    assert not again.torn
    assert again.seconds == sum(record.seconds for record in RECORDS)


def test_a_search_learns_of_each_revision_once(path: Path) -> None:
    assert written(path).evidence() == [
        Evidence(BAD, [Outcome.CRASH, Outcome.OK, Outcome.CRASH]),
        Evidence(OTHER, [], built=False),
        Evidence(GOOD, [Outcome.LOST]),
    ]


def test_a_line_says_what_was_seen_and_no_more(path: Path) -> None:
    written(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["command"] == ["./test", "--once", "caf\udce9"]
    assert lines[2] == {
        "sha": BAD,
        "seconds": 0.25,
        "outcome": "crash",
        "status": 1,
        "first": True,
    }
    assert lines[4] == {"sha": OTHER, "seconds": 3.0, "built": False}


def test_wherever_the_file_was_cut_only_the_cut_line_is_lost(path: Path) -> None:
    written(path)
    whole = path.read_bytes()
    header = whole.index(b"\n") + 1
    for length in range(header, len(whole) + 1):
        path.write_bytes(whole[:length])
        file = EvidenceFile.open(path, QUESTION)
        complete = whole[header:length].count(b"\n")
        assert file.records == RECORDS[:complete]
        assert file.torn == (not whole[:length].endswith(b"\n"))
        file.add(RECORDS[0])
        assert EvidenceFile.open(path, QUESTION).records == [*RECORDS[:complete], RECORDS[0]]


DIFFERENT = {
    "bad": replace(QUESTION, bad=OTHER),
    "good": replace(QUESTION, good=None),
    "fix": replace(QUESTION, fix=True),
    "prepare": replace(QUESTION, prepare=()),
    "command": replace(QUESTION, command=("./test",)),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_question_is_refused_with_what_to_do(path: Path, name: str) -> None:
    written(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=f"{name} was .* and is .*name another file with --state"):
        EvidenceFile.open(path, DIFFERENT[name])
    assert path.read_bytes() == before


def test_a_repository_may_move(path: Path) -> None:
    written(path)
    assert EvidenceFile.open(path, replace(QUESTION, repo="/moved")).records == RECORDS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"notes of mine", "is no file of evidence"),
        (b"notes of mine\n", "is no file of evidence"),
        (b'["json"]\n', "is no file of evidence"),
        (b'{"evidence": 1}\n', "is no file of evidence"),
        (b'{"evidence": 99, "more": 1}\n', "is of another version"),
    ],
)
def test_another_file_is_refused_and_left_alone(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        EvidenceFile.open(path, QUESTION)
    assert path.read_bytes() == content


@pytest.mark.parametrize("line", ["{", "1", '{"seconds": 1}', '{"sha": "x", "outcome": "maybe"}'])
def test_a_damaged_line_in_the_middle_is_named(path: Path, line: str) -> None:
    written(path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:3], f"{line}\n", *lines[3:]]))
    with pytest.raises(InputError, match="line 4, is damaged"):
        EvidenceFile.open(path, QUESTION)


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.touch()
    assert EvidenceFile.open(path, QUESTION).records == []
    assert EvidenceFile.open(path, QUESTION).records == []


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*No such file"):
        EvidenceFile.open(tmp_path / "none" / "evidence.jsonl", QUESTION)
    with pytest.raises(InputError, match=r"cannot read .*Is a directory"):
        EvidenceFile.open(tmp_path, QUESTION)
    with pytest.raises(InfraError, match="cannot write /dev/full: No space left on device"):
        EvidenceFile(Path("/dev/full"), []).add(RECORDS[0])
