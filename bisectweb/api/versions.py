"""Versions of answers: what the caller has as it is, is not made again.

Only where a few values tell for sure that nothing changed. All other answers are compared when they
are made, which spares the way and not the work.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.db.models import Count, Max, Model
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

import bisectweb
from bisectweb.models import Bisection, Run
from bisectweb.views.files import is_there, plain_file


class Unchanged(Exception):
    """The caller has the answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def check(request: HttpRequest, *version: object) -> str:
    """The ETag of an answer, by what it is made of; `Unchanged` where the caller has that."""
    digest = sha256(repr((_code(), request.path, version)).encode()).hexdigest()
    etag = f'"{digest[:32]}"'
    if same := get_conditional_response(request, etag=etag):
        same["ETag"] = etag
        raise Unchanged(same)
    return etag


def check_ended(
    request: HttpRequest, response: HttpResponse, bisection: Bisection, *more: object
) -> None:
    """Of an answer that has nothing but the rows of a bisection, and what else is given. While it
    goes on it tells how long it may still take, and is never the same.
    """
    if bisection.is_active:
        return
    parts = [getattr(bisection, name, None) for name in ("culprit", "score")]
    people = [bisection.created_by, bisection.invalidated_by]
    runs = Run.objects.filter(revision__bisection=bisection)
    response["ETag"] = check(
        request,
        *(_columns(row) for row in (bisection, *filter(None, parts))),
        *(bisection.bug.title, [str(one) for one in people]),
        [mail.state for mail in bisection.mails.all()],
        bisection.revisions.aggregate(count=Count("pk"), last=Max("ended")),
        runs.aggregate(count=Count("pk"), last=Max("ended")),
        more,
    )


def stored(request: HttpRequest, file: FieldFile) -> FileResponse:
    """A stored file, which may be long; 404 where it is not there."""
    name = str(file.name)
    if not is_there(file):
        raise Http404("There is no such file.")
    etag = check(request, name, file.size, file.storage.get_modified_time(name))
    response = plain_file(file)
    response["ETag"] = etag
    return response


def _columns(row: Model) -> list[object]:
    """Those that were read."""
    left_out = row.get_deferred_fields()
    names = [field.attname for field in row._meta.concrete_fields]
    return [getattr(row, name) for name in names if name not in left_out]


@cache
def _code() -> int:
    """When the code was last changed, which may say the same rows in other words."""
    files = Path(bisectweb.__file__).parent.rglob("*.py")
    return max(file.stat().st_mtime_ns for file in files)
