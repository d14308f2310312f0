"""The list of bugs: searched, filtered, sorted and paged, all of it in its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb import listing
from bisectweb.listing import FACETS, MOST, Condition, Tally
from bisectweb.models import Bug

PAGE = 50
COLUMNS = (
    ("title", "Bug"),
    ("", "Tree"),
    ("", "State"),
    ("", "Latest bisection"),
    ("confidence", "Confidence"),
    ("crashes", "Crashes"),
    ("created", "Filed"),
    ("active", "Last activity"),
)
ASCENDING = frozenset({"title"})
"""What begins with A; all else begins with what is newest or most."""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: int | None
    """None where it is not counted: something else of its menu was chosen beside a text."""
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Menu:
    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that can be dropped, and how many bugs there would be then, if that is known."""

    words: str
    query: str
    count: int | None = None

    @property
    def is_more(self) -> bool:
        return self.count is not None and self.count > MOST


@dataclass(frozen=True, slots=True)
class Heading:
    label: str
    query: str
    """Of the list sorted by it; empty where it cannot be."""
    direction: str
    """`ascending` or `descending` where the list is sorted by it."""


def shown() -> QuerySet[Bug]:
    """Bugs with what a line of the list shows, and nothing that is large."""
    rows = Bug.objects.select_related("tree", "latest__culprit", "latest__score")
    return rows.only(
        *("title", "state", "created", "active", "confidence", "crash_count", "judged"),
        *("has_reproducer", "subsystems", "tree__name"),
        *(f"latest__{name}" for name in ("state", "verifying", "invalidated", "activity")),
        *("latest__reason", "latest__culprit__sha", "latest__culprit__subject"),
        *("latest__culprit__bisection", "latest__score__bisection"),
        *("latest__score__verdict", "latest__score__probability"),
    )


def fetched(found: QuerySet[Bug], page: Page[int]) -> list[Bug]:
    """The bugs of a page: their keys first, by the index of the order."""
    keys = list(found.values_list("pk", flat=True)[page.start_index() - 1 : page.end_index()])
    rows = shown().in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


@require_safe
def bug_list(request: HttpRequest) -> HttpResponse:
    asked = listing.conditions(request.GET.dict(), request.user)
    tally = listing.tally(asked, request.user)
    sort = request.GET.get("sort", "")
    found = listing.in_order(listing.matching(asked, request.user), sort)
    places = Paginator(range(min(tally.total, MOST)), PAGE)
    page = places.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "bugs": fetched(found, page) if tally.total else [],
        "tally": tally,
        "most": MOST,
        "menus": menus(asked, tally),
        "chips": chips(request.GET, asked),
        "headings": headings(request.GET),
        "text": next((one.value for one in asked if one.name == "q"), ""),
        "is_mine": any(one.name == "mine" for one in asked),
        "sort": sort,
        "dropped": [] if tally.total else dropped(request, asked),
    }
    return render(request, "bugs/list.html", context)


def menus(asked: Sequence[Condition], tally: Tally) -> list[Menu]:
    chosen = {one.name: one.value for one in asked}
    choices = {facet.name: [(one.value, one.label) for one in facet.choices] for facet in FACETS}
    for name in ("tree", "subsystem"):
        values = {**tally.counts.get(name, {}), **({chosen[name]: 0} if name in chosen else {})}
        choices[name] = [(value, value) for value in values]
    labels = {"tree": "Tree", "subsystem": "Subsystem", **{one.name: one.label for one in FACETS}}
    return [
        Menu(
            name,
            label,
            [
                Option(value, words, counted(tally, name, value), chosen.get(name) == value)
                for value, words in choices[name]
            ],
        )
        for name, label in labels.items()
    ]


def counted(tally: Tally, name: str, value: str) -> int | None:
    return tally.counts[name].get(value) if name in tally.counts else None


def chips(query: QueryDict, asked: Sequence[Condition]) -> list[Chip]:
    return [Chip(one.words, changed(query, one.name)) for one in asked]


def dropped(request: HttpRequest, asked: Sequence[Condition]) -> list[Chip]:
    return [
        Chip(one.words, changed(request.GET, one.name), count)
        for one, count in listing.without(asked, request.user)
    ]


def headings(query: QueryDict) -> list[Heading]:
    sort = query.get("sort", "")
    now = sort if sort.removeprefix("-") in listing.SORTS else listing.USUAL
    return [heading(query, now, key, label) for key, label in COLUMNS]


def heading(query: QueryDict, now: str, key: str, label: str) -> Heading:
    """Sorts by its column; by the other direction where the list is sorted by it already."""
    if not key:
        return Heading(label, "", "")
    first = key if key in ASCENDING else f"-{key}"
    if now.removeprefix("-") != key:
        return Heading(label, changed(query, "sort", first), "")
    other = key if now.startswith("-") else f"-{key}"
    direction = "descending" if now.startswith("-") else "ascending"
    return Heading(label, changed(query, "sort", other), direction)


def changed(query: QueryDict, name: str, value: str = "") -> str:
    """The query of the first page with another value, or none; what is empty goes, too."""
    fresh = QueryDict(mutable=True)
    for key in query:
        if key not in (name, "page") and (given := query.get(key)):
            fresh[key] = given
    if value:
        fresh[name] = value
    return f"?{fresh.urlencode()}"
