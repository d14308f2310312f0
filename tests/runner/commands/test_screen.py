"""Numbers and times as people read them, and the line of dots."""

from __future__ import annotations

import io

import pytest

from runner.commands.screen import Screen, counted, lasting, percent
from runner.evidence_file import Record
from runner.search import Outcome


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (1.25, "1.2 s"),
        (59, "59 s"),
        (99, "99 s"),
        (100, "2 min"),
        (95 * 60, "95 min"),
        (101 * 60, "1 h 41 min"),
        (26.6 * 3600, "26 h"),
    ],
)
def test_a_time_is_said_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (0.0004, "0.0 %"),
        (0.012, "1.2 %"),
        (0.12, "12 %"),
        (0.984, "98 %"),
        (0.991, "99.1 %"),
        (0.99999, "99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_chance_is_never_all_of_what_is_only_nearly_so(chance: float, text: str) -> None:
    assert percent(chance) == text


def test_one_is_not_many() -> None:
    assert [counted(n, "run") for n in (0, 1, 2, 1234)] == [
        "0 runs",
        "1 run",
        "2 runs",
        "1,234 runs",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(out: io.StringIO) -> str:
    """A build, three runs, and the answer."""
    screen = Screen(lambda sha: "subject", out)
    screen.ended(Record("a" * 40, 1.0))
    for outcome in (Outcome.OK, Outcome.LOST, Outcome.CRASH):
        screen.ended(Record("a" * 40, 1.0, outcome=outcome))
    screen.saw()
    screen.answers("found")
    return out.getvalue()


def test_each_run_is_a_letter() -> None:
    assert show(io.StringIO()) == "    .?F  1 bad of 3\nfound\n"


def test_a_terminal_has_colours_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert show(Terminal()) == "    .?\x1b[31mF\x1b[m  1 bad of 3\n\x1b[33mfound\x1b[m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert show(Terminal()) == "    .?F  1 bad of 3\nfound\n"


def test_a_long_subject_is_cut() -> None:
    screen = Screen(lambda sha: "word " * 30, io.StringIO())
    assert len(screen.names("a" * 40)) == len('aaaaaaaaaaaa "" ') + 49
