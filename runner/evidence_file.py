"""A search's evidence as a file of lines: nothing that was seen is lost, whatever kills us.

The first line is the question. Each further line is one build or one run, written when it has
ended and synced before the next begins, so the file is all that is needed to go on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from runner.errors import InfraError, InputError
from runner.search import Evidence
from runner.values import Outcome, Sha

VERSION = 1
"""Of the format."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched. Evidence for one question says nothing about another."""

    repo: str = field(compare=False)
    """Where it lay; the commits' names say the rest, so it may move."""
    bad: Sha
    good: Sha | None
    fix: bool
    prepare: Sequence[str]
    command: Sequence[str]

    def differences(self, other: Question) -> list[str]:
        """What is asked differently, in words."""
        mine, others = asdict(self), asdict(other)
        names = [one.name for one in fields(self) if one.compare]
        return [
            f"{name} was {mine[name]!r} and is {others[name]!r}"
            for name in names
            if mine[name] != others[name]
        ]


@dataclass(frozen=True, slots=True)
class Record:
    """One build, when there is no `outcome`, or one run."""

    sha: Sha
    seconds: float
    built: bool = True
    outcome: Outcome | None = None
    status: int | None = None
    """Exit status of the run's command; None when we ended it."""
    first: bool = False
    """The first run of a build, which may take longer than the rest."""


@dataclass(slots=True)
class EvidenceFile:
    """The file of one search. Whoever uses it holds a lock, and nobody else does."""

    path: Path
    records: list[Record]
    torn: bool = False
    """The last line was not complete, and is gone: what it told of must be done again."""

    @classmethod
    def open(cls, path: Path, question: Question) -> EvidenceFile:
        """The records so far; a new file has none. `InputError` when the file is of another
        question or no such file at all.
        """
        content = _read(path)
        *lines, rest = content.split(b"\n")
        if not content:
            _create(path, {"evidence": VERSION, **asdict(question)})
            return cls(path, [])
        asked = _question(path, lines[0] if lines else b"")
        if differences := asked.differences(question):
            raise InputError(
                f"{path} holds the evidence for another question: {'; '.join(differences)}."
                " Ask the same again, name another file with --state, or remove this one"
            )
        records = [_record(path, number, line) for number, line in enumerate(lines[1:], start=2)]
        if rest:
            os.truncate(path, len(content) - len(rest))
        return cls(path, records, torn=bool(rest))

    def add(self, record: Record) -> None:
        """Write it down for good."""
        told = {
            one.name: getattr(record, one.name)
            for one in fields(record)
            if getattr(record, one.name) != one.default
        }
        try:
            with self.path.open("ab", buffering=0) as file:
                _write(file.fileno(), told)
        except OSError as error:
            raise InfraError(f"cannot write {self.path}: {error.strerror}") from error
        self.records.append(record)

    @property
    def seconds(self) -> float:
        """All that the search has taken so far."""
        return sum(record.seconds for record in self.records)

    def evidence(self) -> list[Evidence]:
        """What a search learns from it: one for each revision, in the order of their first test."""
        outcomes: dict[Sha, list[Outcome]] = {}
        unbuilt = set[Sha]()
        for record in self.records:
            if record.outcome:
                outcomes.setdefault(record.sha, []).append(record.outcome)
            elif not record.built:
                outcomes.setdefault(record.sha, [])
                unbuilt.add(record.sha)
        return [Evidence(sha, seen, sha not in unbuilt) for sha, seen in outcomes.items()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _create(path: Path, question: Mapping[str, object]) -> None:
    """Under another name until it is complete: a file without a question is none of ours."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb", buffering=0) as file:
            _write(file.fileno(), question)
        unfinished.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    os.fsync(folder)
    os.close(folder)


def _write(descriptor: int, told: Mapping[str, object]) -> None:
    line = memoryview(json.dumps(told).encode() + b"\n")
    while line:  # a disk that fills takes a part first
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _question(path: Path, line: bytes) -> Question:
    try:
        told = json.loads(line)
        if told.pop("evidence") != VERSION:
            raise InputError(f"{path} is of another version; name another with --state")
        return Question(**told | {name: tuple(told[name]) for name in ("prepare", "command")})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError(f"{path} is no file of evidence; name another with --state") from None


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        told = json.loads(line)
        outcome = Outcome(told["outcome"]) if "outcome" in told else None
        return Record(**told | {"outcome": outcome})
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{path}, line {number}, is damaged; remove that line") from None
