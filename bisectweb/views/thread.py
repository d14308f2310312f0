"""All that was written and done about a bug: mails of both sides, notes, patch tests, and who did
what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Case, F, Model, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from bisectweb.models import Bug, Event, Message, Note, PatchTest, Received

M = TypeVar("M", bound=Model)

MOST = 50
"""Letters, patch tests and events that are shown, the newest. Strangers write as many mails as
they like."""
NOTES = 20
"""Notes in a part: each is rendered anew."""
TESTED = {**dict(PatchTest.State.choices), **dict(PatchTest.Result.choices)}
"""What is said of a patch test: its result, or how far it is."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: what a list of them shows."""

    at: datetime
    who: str
    subject: str
    state: str
    """What became of it: a state, as is in the badge,"""
    label: str
    """its words,"""
    said: str
    """and what was done or what it waits for, a sentence on each line."""
    address: str
    """Of its page, if it is ours."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote or did."""

    pk: int
    at: datetime
    who: str
    """The name of their account; empty for the service, and for who has none any more."""
    text: str


@dataclass(frozen=True, slots=True)
class Test:
    """One patch test."""

    at: datetime
    asked: str
    has_patch: bool
    state: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Each the newest first, but notes as they were written."""

    letters: Sequence[Letter]
    tests: Sequence[Test]
    notes: Sequence[Said]
    events: Sequence[Said]
    older_notes: int | None
    """The note before which the next part begins, if there is one."""

    @property
    def has_all_letters(self) -> bool:
        return len(self.letters) < MOST

    @property
    def has_all_events(self) -> bool:
        return len(self.events) < MOST


class Entry(NamedTuple):
    """A row of any of these tables."""

    table: str
    pk: int
    at: datetime
    who: str | None
    text: str
    state: str
    said: str


def thread(bug: Bug, before: int | None = None) -> Thread:
    """In one query; of the notes those before one of them, if there are many."""
    notes = bug.notes.filter(pk__lt=before) if before else bug.notes.all()
    rows = _ours(_latest(bug.mails.all(), MOST)).union(
        _theirs(_latest(bug.received.all(), MOST)),
        _by_people(_latest(notes, NOTES + 1), "author__username"),
        _by_people(_latest(bug.events.all(), MOST), "actor__username"),
        _tests(_latest(bug.patch_tests.all(), MOST)),
        all=True,
    )
    entries = sorted((Entry(*row) for row in rows), key=lambda one: (one.at, one.pk))
    latest = entries[::-1]
    said = [_said(one) for one in entries if one.table == Note.__name__]
    return Thread(
        letters=[LETTERS[one.table](one) for one in latest if one.table in LETTERS][:MOST],
        tests=[_test(one) for one in latest if one.table == PatchTest.__name__],
        notes=said[-NOTES:],
        events=[_said(one) for one in latest if one.table == Event.__name__],
        older_notes=said[-NOTES].pk if len(said) > NOTES else None,
    )


def _latest(rows: QuerySet[M], most: int) -> QuerySet[M]:
    """As a condition: databases cut no part of a union."""
    return rows.filter(pk__in=rows.order_by("-pk").values("pk")[:most])


def _ours(mails: QuerySet[Message]) -> QuerySet[Any, Any]:
    at = Coalesce("sent", "created")
    return _entries(mails, at, Value("we"), F("subject"), F("state"), F("error"))


def _theirs(mails: QuerySet[Received]) -> QuerySet[Any, Any]:
    return _entries(mails, F("at"), F("sender"), F("subject"), F("state"), F("said"))


def _by_people(rows: QuerySet[Any], who: str) -> QuerySet[Any, Any]:
    return _entries(rows, F("at"), F(who), F("text"), Value(""), Value(""))


def _tests(tests: QuerySet[PatchTest]) -> QuerySet[Any, Any]:
    state = Case(When(result="", then=F("state")), default=F("result"))
    patch = Case(When(patch="", then=Value("")), default=Value("a patch"))
    return _entries(tests, F("created"), Value(""), F("asked"), state, patch)


def _entries(rows: QuerySet[Any], at: Any, *texts: Any) -> QuerySet[Any, Any]:
    """In the columns of `Entry`; those of one place in it have one type."""
    whole = (Cast(text, TextField()) for text in texts)
    return rows.order_by().values_list(Value(rows.model.__name__), "pk", at, *whole)


def _said(one: Entry) -> Said:
    return Said(one.pk, one.at, one.who or "", one.text)


def _test(one: Entry) -> Test:
    address = reverse("patch-test-detail", args=[one.pk])
    return Test(one.at, one.text, bool(one.said), one.state, TESTED[one.state], address)


def _sent(one: Entry) -> Letter:
    label = str(Message.State(one.state).label)
    address = reverse("message-detail", args=[one.pk])
    return Letter(one.at, one.who or "", one.text, one.state, label, one.said, address)


def _received(one: Entry) -> Letter:
    label = str(Received.State(one.state).label)
    return Letter(one.at, one.who or "", one.text, one.state, label, one.said, "")


LETTERS: Mapping[str, Callable[[Entry], Letter]] = {
    Message.__name__: _sent,
    Received.__name__: _received,
}
