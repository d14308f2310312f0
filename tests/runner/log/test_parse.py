"""A log's text as values, and back, byte for byte."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.log import Log, parse, render
from runner.log import entries as e
from runner.log.values import Ending, Role
from runner.log.words import Kind, RunKind, Said
from runner.search import Verdict

EXAMPLES = Path(__file__).parent / "examples"
GOLDEN = Path(__file__).parent.parent / "golden"
OURS = [
    GOLDEN / f"{name}.txt"
    for name in (
        "cause",
        "cause-skips",
        "cause-oldest",
        "cause-not-reproduced",
        "fix",
        "fix-not-fixed",
        "bayes",
        "bayes-inconclusive",
    )
]
START, RELEASE, CHOICE, OTHER = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
LOG_OF_2021 = (EXAMPLES / "cause-2021.txt").read_text()


def example(name: str) -> Log:
    return parse((EXAMPLES / f"{name}.txt").read_text())


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


@pytest.mark.parametrize("path", [*sorted(EXAMPLES.glob("*.txt")), *OURS], ids=attrgetter("stem"))
def test_a_log_is_written_as_it_was_read(path: Path) -> None:
    log = parse(path.read_text())
    assert render(log) == path.read_text()
    assert not any(isinstance(entry, e.Unknown) for entry in log.entries)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("cause-2018", Ending.CULPRIT),
        ("cause-2019-noop", Ending.CULPRIT),
        ("cause-2019-oldest", Ending.OLDEST),
        ("cause-2020-config", Ending.ERROR),
        ("cause-2020-halves", Ending.INCONCLUSIVE),
        ("cause-2024-oldest", Ending.OLDEST),
        ("cause-2025", Ending.CULPRIT),
        ("fix-2019-head", Ending.HEAD),
        ("fix-2023", Ending.CULPRIT),
        ("fix-2024-head", Ending.HEAD),
        ("fix-2025-across", Ending.ERROR),
    ],
)
def test_each_age_says_in_its_own_words_how_it_ended(name: str, ending: Ending) -> None:
    log = example(name)
    assert log.ending is ending
    assert log.kind is (Kind.FIX if name.startswith("fix") else Kind.CAUSE)
    assert log.start == START
    assert (log.culprit is not None) == (ending is Ending.CULPRIT)
    assert bool(log.candidates) == (ending is Ending.INCONCLUSIVE)
    assert bool(log.error) == (ending is Ending.ERROR)


def test_a_log_without_an_end_is_unfinished() -> None:
    assert parse(LOG_OF_2021.partition("culprit signature")[0]).ending is Ending.UNFINISHED


def test_every_fixed_sentence_stands_in_an_example() -> None:
    said = {line for path in EXAMPLES.glob("*.txt") for line in path.read_text().splitlines()}
    by_form = {Said.HEAD_BROKEN, Said.ON_HEAD_2023, Said.BASELINE_FAILED, Said.BASELINE_CRASHES}
    assert set(Said) - by_form <= said


def test_a_modern_log_is_read_into_the_same_values() -> None:
    log = example("cause-2025")
    assert log.started == e.Started("ci", "2025-07-09 13:22:22.58 +0000 UTC m=+182.38")
    assert [test.role for test in log.tests] == [
        Role.START,
        Role.CONFIG,
        Role.CONFIG,
        Role.RELEASE,
        Role.BISECT,
        Role.BISECT,
        Role.PARENT,
    ]
    start, _, _, release, skipped, bad, _ = log.tests
    assert (start.asked, start.compiler[:12]) == ("gcc", "Debian clang")
    assert start.types == ("KASAN-USE-AFTER-FREE-READ", "UNKNOWN")
    assert [run.result.kind for run in start.runs][1:] == [RunKind.IGNORED, RunKind.INFRA]
    assert (release.release, release.false_negative) == ("v6.15", 0.001)
    assert skipped.failure == "make failed\ndemo.c:7:2: error: expected ';'\n"
    assert skipped.said == (e.Undetermined(0, 5, 5, 0),)
    assert (bad.asked, bad.answer) == ("", Verdict.BAD)
    assert (log.is_flaky, log.error_probability) == (True, 0.0)
    assert log.to == ('"A Role" <role@demo.invalid>', "b@demo.invalid")
    assert log.totals is not None
    assert log.totals.test.seconds == pytest.approx(7201.000000002)


def test_what_git_was_told_of_a_fix_is_turned_around() -> None:
    log = example("fix-2023")
    start, head = log.tests
    assert (start.verdict, head.verdict) == (Verdict.BAD, Verdict.GOOD)
    assert (log.verdict_of(start.sha), log.verdict_of(head.sha)) == (Verdict.GOOD, Verdict.BAD)
    [began, told] = log.git
    assert (began.choice, told.told) == (
        e.Choice(CHOICE, "demo: change two"),
        e.GitVerdict(Verdict.GOOD, CHOICE),
    )


def test_a_kernel_equal_to_its_parents_is_seen_in_either_age() -> None:
    for name, same in (("cause-2019-noop", True), ("cause-2025", False)):
        culprit = example(name).culprit
        assert culprit is not None
        assert culprit.is_noop is same


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
