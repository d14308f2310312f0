"""Which bugs are asked for, how many there are of each kind, and in which order they come.

Looks at the columns of `Summarised` only, which has to be quick with a hundred thousand bugs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from bisectweb.access import Person, sight, visible
from bisectweb.models import Bug, Culprit

MOST = 10_000
"""Bugs that are counted anew each time, and that can be paged through."""
MEMORY = 600
"""Seconds for which the counts of more are remembered."""
LONGEST = 300
WORDS = 12
SUBSYSTEMS = 100
"""Characters and words of a search; subsystems to choose from: those of the most bugs."""
SHA = re.compile(r"[0-9a-f]{7,64}")
SORTS = {
    "title": "title",
    "confidence": "confidence",
    "crashes": "crash_count",
    "created": "created",
    "active": "active",
}
USUAL = "-active"
COLUMNS = {"tree": "tree__name", "subsystem": "in_subsystems__name"}
"""Facets whose choices are rows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet."""

    value: str
    label: str
    where: Q


@dataclass(frozen=True, slots=True)
class Facet:
    """What bugs can be told apart by, with fixed choices."""

    name: str
    label: str
    choices: Sequence[Choice]


def _each(column: str, values: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(value, str(words).lower(), Q(**{column: value})) for value, words in values)


UNSURE = Culprit.MIN_CONFIDENCE
FACETS = (
    Facet("state", "State", _each("state", Bug.State.choices)),
    Facet("bisection", "Bisection", _each("bisected", Bug.Bisected.choices)),
    Facet(
        "confidence",
        "Confidence",
        (
            Choice("confirmed", "confirmed by a person", Q(judged=Culprit.Verdict.CONFIRMED)),
            Choice("wrong", "wrong, says a person", Q(judged=Culprit.Verdict.WRONG)),
            Choice("99", "99 % or more", Q(confidence__gte=0.99)),
            Choice("90", "90 to 99 %", Q(confidence__gte=0.9, confidence__lt=0.99)),
            Choice("66", "66 to 90 %", Q(confidence__gte=UNSURE, confidence__lt=0.9)),
            Choice("unsure", "unsure: below 66 %", Q(confidence__gt=0, confidence__lt=UNSURE)),
        ),
    ),
    Facet(
        "reproducer",
        "Reproducer",
        (
            Choice("yes", "has one", Q(has_reproducer=True)),
            Choice("no", "has none", Q(has_reproducer=False)),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that was asked for."""

    name: str
    """In the address, as is the value."""
    value: str
    words: str
    where: Q


@dataclass(frozen=True, slots=True)
class Tally:
    """How many bugs there are, and of each choice how many there would be with it: in place of
    another of its facet, if one is chosen. A facet that is chosen beside a text is not counted.
    """

    total: int
    counts: Mapping[str, Mapping[str, int]]
    """By the names of facets and by values."""

    @property
    def is_long(self) -> bool:
        return self.total > MOST


def conditions(asked: Mapping[str, str], user: Person) -> tuple[Condition, ...]:
    """What is asked for in an address; what nobody could mean is left out."""
    given = {name: _clean(value) for name, value in asked.items()}
    found = [*_searched(given.get("q", "")), *_named(given)]
    for facet in FACETS:
        for choice in facet.choices:
            if given.get(facet.name) == choice.value:
                words = f"{facet.label.lower()}: {choice.label}"
                found.append(Condition(facet.name, choice.value, words, choice.where))
    if given.get("mine") and user.is_authenticated:
        found.append(Condition("mine", "1", "mine", Q(reporter=user.pk)))
    return tuple(found)


def _clean(text: str) -> str:
    """No database takes NUL or lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()[:LONGEST]


def _searched(text: str) -> list[Condition]:
    """Each word has to be there, anywhere; one like a sha can be the start of a culprit's."""
    where = Q()
    for word in text.casefold().split()[:WORDS]:
        one = Q(words__contains=word)
        where &= one | Q(commits__contains=f" {word}") if SHA.fullmatch(word) else one
    return [Condition("q", text, f"text: {text}", where)] if where else []


def _named(given: Mapping[str, str]) -> list[Condition]:
    return [
        Condition(name, value, f"{name}: {value}", Q(**{column: value}))
        for name, column in COLUMNS.items()
        if (value := given.get(name))
    ]


def matching(asked: Iterable[Condition], user: Person) -> QuerySet[Bug]:
    """The bugs that somebody may see and that are asked for, in no order yet."""
    where = Q()
    for condition in asked:
        where &= condition.where
    return visible(Bug.objects.filter(where), user).order_by()


def in_order(found: QuerySet[Bug], sort: str) -> QuerySet[Bug]:
    """By a key of `SORTS`, downwards behind a minus; by the last activity if there is none."""
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return in_order(found, USUAL)
    down = "-" if sort.startswith("-") else ""
    return found.order_by(f"{down}{column}", f"{down}pk")


def tally(asked: Sequence[Condition], user: Person) -> Tally:
    """Exact up to `MOST` bugs; of more as it was within the last ten minutes."""
    key = _key(asked, user)
    known: Tally | None = cache.get(key)
    if known is None:
        known = _tally(matching(asked, user), {condition.name for condition in asked})
        if known.is_long:
            cache.set(key, known, MEMORY)
    if not known.total or any(condition.name == "q" for condition in asked):
        return known
    return replace(known, counts={**known.counts, **_besides(asked, user)})


def _besides(asked: Sequence[Condition], user: Person) -> Mapping[str, Mapping[str, int]]:
    """Of the facets of which a choice was made: one query each, which no text makes slow."""
    return {
        one.name: _beside(one.name, [other for other in asked if other is not one], user)
        for one in asked
        if one.name in COUNTED
    }


def _beside(name: str, others: Sequence[Condition], user: Person) -> Mapping[str, int]:
    """Remembered as a tally is."""
    key = f"{_key(others, user)}-{name}"
    known: Mapping[str, int] | None = cache.get(key)
    if known is None:
        known = COUNTED[name](matching(others, user))
        if sum(known.values()) > MOST:
            cache.set(key, known, MEMORY)
    return known


def _key(asked: Iterable[Condition], user: Person) -> str:
    """The same for all who see the same."""
    names = [(condition.name, condition.value) for condition in asked]
    who = user.pk if any(name == "mine" for name, _ in names) else None
    text = repr((names, who, sorted(sight(user).hidden)))
    return f"bugs-{hashlib.sha256(text.encode()).hexdigest()}"


def _tally(found: QuerySet[Bug], settled: set[str]) -> Tally:
    open_ones = [facet for facet in FACETS if facet.name not in settled]
    wanted = {name: value for facet in open_ones for name, value in _counted(facet).items()}
    numbers = found.aggregate(total=Count("pk"), **wanted)
    counts = {facet.name: _counts(facet, numbers) for facet in open_ones}
    for name, column in COLUMNS.items():
        if numbers["total"] and name not in settled:
            counts[name] = _by(column, found)
    return Tally(numbers["total"], counts)


def _counted(facet: Facet) -> Mapping[str, Count]:
    return {
        f"{facet.name}_{choice.value}": Count("pk", filter=choice.where) for choice in facet.choices
    }


def _counts(facet: Facet, numbers: Mapping[str, int]) -> Mapping[str, int]:
    return {choice.value: numbers[f"{facet.name}_{choice.value}"] for choice in facet.choices}


def _of(facet: Facet, found: QuerySet[Bug]) -> Mapping[str, int]:
    return _counts(facet, found.aggregate(**_counted(facet)))


def _by(column: str, found: QuerySet[Bug]) -> Mapping[str, int]:
    rows = found.values_list(column).annotate(number=Count("pk")).order_by("-number", column)
    return {name: number for name, number in rows[:SUBSYSTEMS] if name}


COUNTED: Mapping[str, Callable[[QuerySet[Bug]], Mapping[str, int]]] = {
    **{facet.name: partial(_of, facet) for facet in FACETS},
    **{name: partial(_by, column) for name, column in COLUMNS.items()},
}
"""How many of some bugs each choice of a facet has."""


def without(asked: Sequence[Condition], user: Person) -> list[tuple[Condition, int]]:
    """For each condition, how many bugs there would be if it were dropped, up to `MOST`."""
    return [
        (one, matching([other for other in asked if other is not one], user)[: MOST + 1].count())
        for one in asked
    ]
