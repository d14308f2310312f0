"""A log's text as values, and back, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.log import entries as e
from runner.log import parse, render
from runner.log.values import Ending, Role
from runner.log.words import Kind, RunKind
from runner.search import Verdict

EXAMPLES = Path(__file__).parent / "examples"
GOLDEN = Path(__file__).parent.parent / "golden"
OURS = (
    "cause",
    "cause-skips",
    "cause-oldest",
    "cause-not-reproduced",
    "fix",
    "fix-not-fixed",
    "bayes",
    "bayes-inconclusive",
)
START, RELEASE, CHOICE, OTHER = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
LOG_OF_2021 = (EXAMPLES / "cause-2021.txt").read_text()


def test_a_log_is_read_into_values() -> None:
    log = parse(LOG_OF_2021)
    assert (log.kind, log.start, log.syzkaller) == (Kind.CAUSE, START, OTHER)
    start, release, choice, other = log.tests
    assert (start.role, release.role, choice.role) == (Role.START, Role.RELEASE, Role.BISECT)
    assert release.release == "v5.14"
    assert [run.result.kind for run in start.runs] == [
        RunKind.CRASHED,
        RunKind.TEST_FAILED,
        RunKind.OK,
    ]
    assert start.runs[1].more == "lost connection\n\n"
    assert start.titles == ("WARNING: ODEBUG bug in demo_free",)
    assert choice.failure.endswith("demo.c:7:2: error: expected ';'\n")
    assert (choice.answer, choice.verdict) == (Verdict.SKIP, Verdict.SKIP)
    assert other.results(log.usual_runs) == (other.runs[0].result,) * 3
    assert log.verdict_of(RELEASE) is Verdict.GOOD
    assert log.verdict_of("e" * 40) is None


def test_a_log_names_its_culprit_and_what_it_cost() -> None:
    log = parse(LOG_OF_2021)
    assert log.ending is Ending.CULPRIT
    culprit = log.culprit
    assert culprit is not None
    assert culprit.shown is not None
    assert culprit.is_merge
    assert not culprit.is_noop
    assert culprit.subject == "demo: change three"
    assert culprit.shown.message.splitlines()[2] == "run #0: crashed: not a run"
    assert log.totals is not None
    assert (log.totals.total.seconds, log.totals.build.seconds) == (3602.5, 0.25)
    assert (log.to, log.cc) == (("a@demo.invalid", "b@demo.invalid"), ())
    assert log.crash == e.CrashReport(
        "WARNING: ODEBUG bug in demo_free", "run #9: OK\nwhat a report says\n"
    )


@pytest.mark.parametrize("text", [LOG_OF_2021, *((GOLDEN / f"{n}.txt").read_text() for n in OURS)])
def test_a_log_is_written_as_it_was_read(text: str) -> None:
    assert render(parse(text)) == text
    log = parse(text)
    assert not any(isinstance(entry, e.Unknown) for entry in log.entries)


@given(st.integers(0, len(LOG_OF_2021)), st.binary(max_size=20))
def test_a_log_that_is_cut_or_broken_anywhere_is_kept(place: int, put_in: bytes) -> None:
    text = LOG_OF_2021.encode()
    for damaged in (text[:place], text[:place] + put_in + text[place:]):
        assert render(parse(damaged)).encode("utf-8", "surrogateescape") == damaged


def is_kept(text: str | bytes) -> bool:
    kept = render(parse(text))
    return (kept if isinstance(text, str) else kept.encode("utf-8", "surrogateescape")) == text


@given(st.text() | st.binary())
def test_whatever_is_read_is_kept(text: str | bytes) -> None:
    assert is_kept(text)


@pytest.mark.parametrize(
    "text", ["", "\n", "\r\n", "\r", "a\r\nb\r\n", "a\r\nb\n", "\0", b"\xff\xfe\n"]
)
def test_ends_of_lines_and_odd_bytes_are_kept(text: str | bytes) -> None:
    assert is_kept(text)


def test_a_log_whose_lines_end_in_crlf_is_read_as_any_other() -> None:
    log = parse(LOG_OF_2021.replace("\n", "\r\n"))
    assert log.entries == parse(LOG_OF_2021).entries
    assert log.newline == "\r\n"


SHARED = Path(__file__).parents[4] / "shared"
PUBLIC = sorted(SHARED.glob("bisectlogs/logs/*.txt")) + sorted(SHARED.glob("seed/*.txt"))


@pytest.mark.skipif(not PUBLIC, reason="no public logs beside the project")
def test_public_logs_are_written_as_they_were_read() -> None:
    for path in PUBLIC:
        content = path.read_bytes()
        log = parse(content)
        assert render(log).encode("utf-8", "surrogateescape") == content, path.name
        assert not any(isinstance(entry, e.Unknown) for entry in log.entries), path.name
