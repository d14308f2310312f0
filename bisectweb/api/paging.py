"""Lists in pages: the newest first, by id, so that a deep page costs no more than the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

LARGEST = 2**63 - 1
"""The largest id that a database takes."""
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Words = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
"""A name or a search, as a database takes it."""
F = TypeVar("F")
M = TypeVar("M", bound=Model)


class Paging(Schema):
    """Which page of a list; links to its neighbours are in each page."""

    before: Id | None = Field(None, description="Only what is older than this id.")
    after: Id | None = Field(None, description="Only what is newer than this id, the oldest of it.")
    limit: int = Field(50, ge=1, le=100)


class Page(Schema, Generic[F]):
    """A part of a list, the newest first."""

    items: list[F]
    next: str | None = Field(..., description="The address of the page with what is older.")
    previous: str | None = Field(..., description="The address of the page with what is newer.")


def page_of(
    rows: QuerySet[M], paging: Paging, request: HttpRequest, facts: Callable[[M], F]
) -> Page[F]:
    found, has_older, has_newer = _cut(rows, paging)
    return Page(
        items=[facts(row) for row in found],
        next=_link(request, "before", found[-1]) if found and has_older else None,
        previous=_link(request, "after", found[0]) if found and has_newer else None,
    )


def _cut(rows: QuerySet[M], paging: Paging) -> tuple[list[M], bool, bool]:
    """The rows of the page, and whether there are older and newer ones."""
    limit = paging.limit
    if paging.after is not None:
        newer = list(rows.filter(pk__gt=paging.after).order_by("pk")[: limit + 1])
        return newer[:limit][::-1], True, len(newer) > limit
    if paging.before is not None:
        rows = rows.filter(pk__lt=paging.before)
    older = list(rows.order_by("-pk")[: limit + 1])
    return older[:limit], len(older) > limit, paging.before is not None


def _link(request: HttpRequest, side: str, row: Model) -> str:
    asked = request.GET.copy()
    for name in ("before", "after"):
        asked.pop(name, None)
    asked[side] = str(row.pk)
    return f"{request.path}?{asked.urlencode()}"
