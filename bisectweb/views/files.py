"""Send stored text to a browser as nothing but text."""

from __future__ import annotations

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse

PLAIN = "text/plain; charset=utf-8"


def plain_text(text: str | bytes) -> HttpResponse:
    return HttpResponse(text, content_type=PLAIN)


def plain_file(file: FieldFile) -> FileResponse:
    """The file as it lies in the storage, however large; 404 when it is not there."""
    if not file:
        raise Http404("There is no such file yet.")
    try:
        return FileResponse(file.open("rb"), content_type=PLAIN)
    except FileNotFoundError as error:
        raise Http404("The file is no longer in the storage.") from error
