"""Whatever values a log has, its text reads as the same values."""

from __future__ import annotations

import string
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.log import entries as e
from runner.log import parse, render, render_entries
from runner.log.forms import FORMS, KINDS, FieldKind, Form
from runner.log.values import Log
from runner.log.words import Duration, Kind, Result, RunKind, Said, Whose
from runner.search import Verdict

LINES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=15)
WORDS = st.text(string.ascii_letters + string.digits + ".-_/=<>", min_size=1, max_size=8)
SHAS = st.text("0123456789abcdef", min_size=7, max_size=40)
NUMBERS = st.integers(0, 10**9)
TEXTS = st.lists(LINES.map("  {}\n".format), min_size=1, max_size=4).map("".join)
"""Whole lines that no form has."""
RESULTS = st.one_of(
    st.just(Result(RunKind.OK)),
    st.builds(Result, st.sampled_from(sorted(set(RunKind) - {RunKind.OK, RunKind.OTHER})), LINES),
    WORDS.map(lambda word: Result(RunKind.OTHER, f"word {word}")),
)
DURATIONS = st.floats(0, 1e6).map(Duration.of)
VERDICTS = st.sampled_from(Verdict)


def cents(digits: int) -> st.SearchStrategy[float]:
    return st.integers(0, 10**6).map(lambda number: round(number / 10**digits, digits))


OF_A_KIND: dict[str, st.SearchStrategy[Any]] = {
    "word": WORDS,
    "sha": SHAS,
    "rest": WORDS,
    "number": NUMBERS,
    "revisions": NUMBERS,
    "steps": NUMBERS,
    "two": cents(2),
    "three": cents(3),
    "duration": DURATIONS,
    "result": RESULTS,
    "words": st.lists(WORDS).map(tuple),
    "addresses": st.lists(LINES).map(tuple),
    "garbled": st.lists(WORDS, min_size=1).map(tuple),
    "verdict": VERDICTS,
    "bool": st.booleans(),
}
NAMES = {id(kind): name for name, kind in KINDS.items()}


def filled(form: Form) -> st.SearchStrategy[e.Entry]:
    """Any entry that this form is the one for."""

    def strategy(kind: FieldKind) -> st.SearchStrategy[Any]:
        return OF_A_KIND[NAMES[id(kind)]]

    values = {name: strategy(kind) for name, kind in form.fields}
    return st.fixed_dictionaries(values).map(lambda known: form.entry(**known, **form.fixed))


def test_every_kind_of_field_is_tried() -> None:
    assert OF_A_KIND.keys() == KINDS.keys()


# Fewer examples than usual, as there are so many forms.
@pytest.mark.parametrize("form", FORMS, ids=attrgetter("template"))
@settings(max_examples=settings().max_examples // 3)
@given(st.data())
def test_what_a_form_writes_reads_as_the_same(form: Form, data: st.DataObject) -> None:
    known = (e.Opening(Kind.CAUSE, "abc"), e.Totals(1, *[Duration("0s")] * 3))
    log = Log((*known, data.draw(filled(form))))
    assert parse(render(log)) == log


@pytest.mark.parametrize("said", Said)
def test_a_fixed_sentence_reads_as_itself(said: Said) -> None:
    log = Log((e.Opening(Kind.FIX, "abc"), e.Sentence(said)))
    assert parse(render(log)) == log


def maybe(entry: st.SearchStrategy[e.Entry]) -> st.SearchStrategy[list[e.Entry]]:
    return st.lists(entry, max_size=1)


def joined(*parts: st.SearchStrategy[list[e.Entry]]) -> st.SearchStrategy[list[e.Entry]]:
    return st.tuples(*parts).map(lambda lists: [entry for part in lists for entry in part])


def one(kind: Callable[..., e.Entry], *fields: st.SearchStrategy[Any]) -> Any:
    return st.builds(kind, *fields).map(lambda entry: [entry])


BLANK = e.Sentence(Said.BLANK)
HEADS = st.one_of(
    one(e.Testing, SHAS),
    one(e.Testing, SHAS, st.sampled_from(["", "gcc", "clang"])),
    one(e.Testing, SHAS, st.none(), LINES),
)
RUNS: st.SearchStrategy[list[e.Entry]] = st.one_of(
    st.lists(st.builds(e.Run, NUMBERS, RESULTS, st.just("") | TEXTS), max_size=4),
    one(e.Run, st.none(), RESULTS),
    one(e.BuildOutput, TEXTS),
    one(e.FailedBuilding, SHAS, LINES, st.just("") | TEXTS),
)
TESTS = joined(
    HEADS,
    maybe(st.builds(e.Compiler, LINES)),
    maybe(st.builds(e.Signature, SHAS)),
    RUNS,
    maybe(st.builds(e.Representative, LINES, st.lists(WORDS).map(tuple))),
    maybe(st.builds(e.FalseNegative, cents(3))),
    maybe(st.builds(e.Remark, WORDS)),
)
CHOICES = joined(one(e.Left, NUMBERS, NUMBERS), one(e.Choice, SHAS, LINES), maybe(st.just(BLANK)))
STEPS = joined(TESTS, one(e.GitVerdict, VERDICTS, SHAS), CHOICES)
MESSAGES = st.lists(LINES, min_size=1, max_size=3).map("\n".join)
SHOWN = one(
    e.Shown, SHAS, LINES, WORDS | st.just(""), MESSAGES, st.just("") | TEXTS.map("\n{}".format)
)
FOUND = joined(
    one(e.FirstBad, SHAS),
    SHOWN,
    one(e.EndSignature, st.sampled_from(Whose), LINES),
    one(e.Totals, NUMBERS, DURATIONS, DURATIONS, DURATIONS),
    one(e.First, st.sampled_from(Kind), SHAS, LINES),
    one(e.CrashReport, LINES, st.just("") | st.lists(LINES.map("{}\n".format)).map("".join)),
)
FAILED = joined(one(e.Totals, NUMBERS, DURATIONS, DURATIONS, DURATIONS), one(e.Error, LINES, TEXTS))
AMONG = joined(
    st.just([e.Sentence(Said.ONLY_SKIPPED), e.Sentence(Said.FIRST_BAD_AMONG)]),
    st.lists(st.builds(e.Candidate, SHAS)),
    st.just([e.Sentence(Said.CANNOT_GO_ON), BLANK]),
)


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Any bisection, in the words of any age."""
    started = joined(
        maybe(st.builds(e.Started, WORDS, LINES)),
        one(e.Opening, st.sampled_from(Kind), SHAS, st.booleans()),
    )
    walked = st.lists(joined(one(e.Release, WORDS), TESTS), max_size=2)
    halved = st.lists(STEPS, max_size=3)
    entries = [
        *draw(started),
        *draw(TESTS),
        *(entry for part in draw(walked) for entry in part),
        *draw(joined(one(e.GitStart, WORDS, WORDS), CHOICES)),
        *(entry for part in draw(halved) for entry in part),
        *draw(st.one_of(FOUND, FAILED, AMONG, st.just([]))),
    ]
    ends_in_a_line = not render_entries(entries).endswith("\n\n")
    is_cut = ends_in_a_line and draw(st.booleans())
    return Log(tuple(entries), draw(st.sampled_from(["\n", "\r\n"])), is_cut)


@given(logs())
def test_the_text_of_a_log_reads_as_the_log(log: Log) -> None:
    assert parse(render(log)) == log
    assert parse(render(log).encode()) == log
