"""The project's own documents, rendered from Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import markdown
import nh3
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

HEADINGS = {f"h{level}": {"id"} for level in range(1, 7)}
ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | HEADINGS
# A link from one document to its neighbour, as the repository's own viewer wants it.
NEIGHBOUR = re.compile(r"([\w-]+)\.md(#[\w-]+)?")


def documents() -> dict[str, Path]:
    """The documents by name. Names come from this listing only, never from a request."""
    return {path.stem: path for path in sorted((settings.BASE_DIR / "docs").glob("*.md"))}


def title(text: str, name: str) -> str:
    heading = re.match(r"#\s+(.+)", text.lstrip())
    return heading[1] if heading else name.replace("-", " ").capitalize()


def link(tag: str, attribute: str, value: str) -> str:
    neighbour = NEIGHBOUR.fullmatch(value) if (tag, attribute) == ("a", "href") else None
    if neighbour is None:
        return value
    return reverse("doc-detail", args=[neighbour[1]]) + (neighbour[2] or "")


def to_html(text: str) -> str:
    html = markdown.markdown(text, extensions=["tables", "fenced_code", "toc"])
    return nh3.clean(html, attributes=ATTRIBUTES, attribute_filter=link)


@require_safe
def doc_list(request: HttpRequest) -> HttpResponse:
    titles = [(name, title(path.read_text(), name)) for name, path in documents().items()]
    return render(request, "docs/list.html", {"titles": titles})


@require_safe
def doc_detail(request: HttpRequest, name: str) -> HttpResponse:
    path = documents().get(name)
    if path is None:
        raise Http404("There is no such document.")
    text = path.read_text()
    html = mark_safe(to_html(text))
    return render(request, "docs/detail.html", {"title": title(text, name), "html": html})
