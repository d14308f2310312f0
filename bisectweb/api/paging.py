"""Lists in pages, in an order of their own: the newest first, or by a column. A deep page costs no
more than the first, and rows that come or go meanwhile move nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from django.db import models
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from pydantic import AwareDatetime, TypeAdapter

from bisectweb.api.errors import Refused

LARGEST = 2**63 - 1
"""The largest id that a database takes."""
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Words = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
"""A name or a search, as a database takes it."""
F = TypeVar("F")
M = TypeVar("M", bound=Model)
KINDS: Mapping[type, TypeAdapter[Any]] = {
    models.CharField: TypeAdapter(str),
    models.FloatField: TypeAdapter(Annotated[float, Field(allow_inf_nan=False)]),
    models.PositiveIntegerField: TypeAdapter(Annotated[int, Field(ge=0, le=LARGEST)]),
    models.DateTimeField: TypeAdapter(AwareDatetime),
}
"""How the value of a column is read from an address."""


@dataclass(frozen=True, slots=True)
class Order:
    """By a column, and by id where that is equal."""

    column: str = "pk"
    is_down: bool = True

    def keys(self, *, back: bool = False) -> list[str]:
        """As `order_by` takes them; `back` is the other way round."""
        sign = "-" if self.is_down != back else ""
        return [f"{sign}{name}" for name in dict.fromkeys((self.column, "pk"))]

    def beyond(self, value: Any, pk: int, *, back: bool) -> Q:
        """What comes after the row with this value and id, or before it."""
        side = "lt" if self.is_down != back else "gt"
        row = Q(**{f"pk__{side}": pk})
        if self.column == "pk":
            return row
        further = Q(**{f"{self.column}__{side}": value})
        return Q(**{f"{self.column}__{side}e": value}) & (further | row)


NEWEST = Order()


class Paging(Schema):
    """Which page of a list; links to its neighbours are in each page."""

    before: Id | None = Field(
        None, description="Only what is older than this id; of a sorted list, what follows it."
    )
    after: Id | None = Field(
        None, description="Only what is newer than this id, the oldest of it; or what precedes it."
    )
    limit: int = Field(50, ge=1, le=100)


class SortedPaging(Paging):
    """Of a list in an order of its own: the row that a page begins behind may have moved."""

    at: Words = Field("", description="Of a sorted list: what that row was sorted by.")


class Page(Schema, Generic[F]):
    """A part of a list, the newest first."""

    items: list[F]
    next: str | None = Field(..., description="The address of the page with what is older.")
    previous: str | None = Field(..., description="The address of the page with what is newer.")


def page_of(
    rows: QuerySet[M],
    paging: Paging,
    request: HttpRequest,
    facts: Callable[[M], F],
    order: Order = NEWEST,
) -> Page[F]:
    found, has_next, has_previous = _cut(rows, paging, order)
    return Page(
        items=[facts(row) for row in found],
        next=_link(request, "before", found[-1], order) if found and has_next else None,
        previous=_link(request, "after", found[0], order) if found and has_previous else None,
    )


def _cut(rows: QuerySet[M], paging: Paging, order: Order) -> tuple[list[M], bool, bool]:
    """The rows of the page, and whether there are more behind it and before it."""
    limit, value = paging.limit, _value(rows, paging, order)
    if paging.after is not None:
        beyond = order.beyond(value, paging.after, back=True)
        found = list(rows.filter(beyond).order_by(*order.keys(back=True))[: limit + 1])
        return found[:limit][::-1], True, len(found) > limit
    if paging.before is not None:
        rows = rows.filter(order.beyond(value, paging.before, back=False))
    found = list(rows.order_by(*order.keys())[: limit + 1])
    return found[:limit], len(found) > limit, paging.before is not None


def _value(rows: QuerySet[M], paging: Paging, order: Order) -> Any:
    """What the row is sorted by that the page begins behind; None where it begins nowhere."""
    if not isinstance(paging, SortedPaging) or order.column == "pk":
        return None
    if paging.before is paging.after is None:
        return None
    kind = type(rows.model._meta.get_field(order.column))
    try:
        value = KINDS[kind].validate_python(paging.at)
        return value.astimezone(UTC) if isinstance(value, datetime) else value
    except (ValueError, OverflowError) as error:
        words = "A page of a sorted list is named as `next` and `previous` name it."
        raise Refused(words, {"query.at": [f"This is no value of {order.column}."]}) from error


def _link(request: HttpRequest, side: str, row: Model, order: Order) -> str:
    asked = request.GET.copy()
    for name in ("before", "after", "at"):
        asked.pop(name, None)
    asked[side] = str(row.pk)
    if order.column != "pk":
        value = getattr(row, order.column)
        asked["at"] = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{request.path}?{asked.urlencode()}"
