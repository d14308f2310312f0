"""Real consoles, whose answers people gave: kept beside the project, not in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from runner.console import find_crash
from runner.values import Crash

CRASH_LOGS = Path(__file__).parents[4] / "shared" / "crashlogs" / "report"


@dataclass(frozen=True, slots=True)
class Known:
    """A log with the words of its head; one without a head shows no crash."""

    head: Mapping[str, Sequence[str]]
    log: bytes
    crash: Crash | None

    @property
    def title(self) -> str | None:
        return self.head.get("TITLE", [None])[0]


@cache
def known() -> tuple[Known, ...]:
    if not CRASH_LOGS.is_dir():
        pytest.skip(f"{CRASH_LOGS} is absent: it holds the real console logs")
    return tuple(_known(path.read_bytes().replace(b"\r", b"")) for path in CRASH_LOGS.iterdir())


def _known(text: bytes) -> Known:
    top, _, rest = (b"\n" + text).partition(b"\n\n")
    head: dict[str, list[str]] = {}
    for line in top.decode().split("\n"):
        word, colon, value = line.partition(": ")
        if colon:
            head.setdefault(word, []).append(value)
    log = rest.partition(b"\nREPORT:\n")[0]
    return Known(head, log, find_crash(log))


def crashed() -> list[tuple[Known, Crash]]:
    return [(one, one.crash) for one in known() if one.title is not None and one.crash is not None]


def share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def test_no_crash_is_invented_and_none_is_overlooked() -> None:
    assert [one.crash.title for one in known() if one.title is None and one.crash] == []
    assert [one.title for one in known() if one.title is not None and not one.crash] == []


def test_titles_are_those_that_people_gave() -> None:
    assert share([crash.title == one.title for one, crash in crashed()]) >= 0.98


def test_alternative_titles_are_those_that_people_gave() -> None:
    right = [set(crash.alt_titles) == set(one.head.get("ALT", [])) for one, crash in crashed()]
    assert share(right) >= 0.98


def test_types_are_those_that_people_gave() -> None:
    right = [crash.type == one.head.get("TYPE", [""])[0] for one, crash in crashed()]
    assert share(right) >= 0.99


@pytest.mark.parametrize("flag", ["corrupted", "panicked", "suppressed"])
def test_flags_are_those_that_people_gave(flag: str) -> None:
    right = [getattr(crash, flag) == (flag.upper() in one.head) for one, crash in crashed()]
    assert share(right) >= 0.98


def test_the_report_begins_in_the_line_that_people_named() -> None:
    for one, crash in crashed():
        for line in one.head.get("START", []):
            assert one.log[crash.start :].startswith(line.encode())


def test_a_log_that_begins_with_the_report_has_the_same_title_and_what_follows_has_not() -> None:
    for one, crash in crashed():
        again = find_crash(one.log[crash.start :])
        assert again is not None
        assert again.title == crash.title
        after = find_crash(one.log[crash.end :])
        assert after is None or after.title != crash.title
