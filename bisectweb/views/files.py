"""Send stored text to a browser as nothing but text, and read parts of it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, cast

from django.core.cache import cache
from django.db.models.fields.files import FieldFile
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)

from bisectweb.models.tested import Booted
from bisectweb.views.console import Excerpt, build_excerpt, run_excerpt
from bisectweb.views.lines import LineIndex, Lines

PLAIN = "text/plain; charset=utf-8"
CHUNK = 1 << 18


def plain_text(text: str | bytes) -> HttpResponse:
    return HttpResponse(text, content_type=PLAIN)


def plain_file(file: FieldFile) -> FileResponse:
    """The file as it lies in the storage, however large; 404 when it is not there."""
    return FileResponse(_opened(file), content_type=PLAIN)


def packed_file(file: FieldFile, name: str) -> StreamingHttpResponse:
    """The file as `name`.gz, packed while it is sent; 404 when it is not there."""
    response = StreamingHttpResponse(_packed(_opened(file)), content_type="application/gzip")
    response["Content-Disposition"] = f'attachment; filename="{name}.gz"'
    return response


def whole_log(request: HttpRequest, file: FieldFile, name: str) -> HttpResponseBase:
    """The raw log, or packed where that was asked for."""
    return packed_file(file, name) if "gzip" in request.GET else plain_file(file)


def is_there(file: FieldFile) -> bool:
    return bool(file) and file.storage.exists(str(file.name))


def console_part(request: HttpRequest, run: Booted) -> Excerpt | None:
    """The part of a run's console that its page shows; None where there is none any more."""
    if not is_there(run.console):
        return None
    with lines_of(run.console) as lines:
        return run_excerpt(run, lines, _begin(request))


def build_part(request: HttpRequest, build_log: FieldFile) -> Excerpt:
    """The part of a build log that a page shows; 404 where there is none."""
    with lines_of(build_log) as lines:
        return build_excerpt(lines, _begin(request))


def _begin(request: HttpRequest) -> int | None:
    """The line that a person wants to see; None without a number, or with an impossible one."""
    text = request.GET.get("from", "")
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 16 else None


@contextmanager
def lines_of(file: FieldFile) -> Iterator[Lines]:
    """The lines of a stored file. Its index is made when it is first asked for, and remembered."""
    with closing(_opened(file)) as opened:
        written = file.storage.get_modified_time(str(file.name)).isoformat()
        what = f"{file.name} {file.size} {written}"
        key = f"lines-{hashlib.sha256(what.encode()).hexdigest()}"
        index = cache.get(key)
        if index is None:
            index = LineIndex.of(opened)
            cache.set(key, index)
        yield Lines(opened, index)


def _opened(file: FieldFile) -> BinaryIO:
    if not file:
        raise Http404("There is no such file yet.")
    try:
        return cast(BinaryIO, file.storage.open(str(file.name), "rb"))
    except FileNotFoundError as error:
        raise Http404("The file is no longer in the storage.") from error


def _packed(file: BinaryIO) -> Iterator[bytes]:
    """A gzip file (RFC 1952)."""
    packer = zlib.compressobj(level=3, wbits=16 + zlib.MAX_WBITS)
    with closing(file):
        while chunk := file.read(CHUNK):
            yield packer.compress(chunk)
    yield packer.flush()
