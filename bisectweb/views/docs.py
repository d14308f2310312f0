"""The project's own documents, rendered from Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import nh3
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown import Markdown
from markdown.extensions.toc import TocExtension

# What a reader wants to know first; documents that are not named here come last.
AUDIENCES: Mapping[str, Sequence[str]] = {
    "Whoever reads a result": ("design", "score", "search", "log"),
    "Maintainers of a tree": ("mail", "api"),
    "Admins": ("levers", "machines", "building", "security"),
    "Developers of the service": ("architecture", "console"),
}
OTHERS = "More"

HEADINGS = {f"h{level}": {"id"} for level in range(1, 7)}
ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | HEADINGS
# What `design.md` shows in our own colours.
ATTRIBUTES["span"] = {"class"}
# A link from one document to its neighbour, as the repository's own viewer wants it.
NEIGHBOUR = re.compile(r"([\w-]+)\.md(#[\w-]+)?")
SECTION = re.compile(r'<h([2-4]) id="([\w-]+)">(.*?)</h\1>', re.DOTALL)
ANCHORED = r'<h\1 id="\2">\3<a class="anchor" href="#\2" title="Link to this section">#</a></h\1>'
# Blocks that scroll by themselves can be reached with the keyboard.
SCROLLING = (
    ("<pre>", '<pre tabindex="0">'),
    ("<table>", '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>'),
    ("</table>", "</table></div>"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One of the folder, rendered; `contents` has id and name of each of its sections."""

    title: str
    summary: str
    html: SafeString
    contents: Sequence[tuple[str, str]]


def documents() -> dict[str, Path]:
    """The documents by name. Names come from this listing only, never from a request."""
    return {path.stem: path for path in sorted((settings.BASE_DIR / "docs").glob("*.md"))}


def link(known: Set[str], tag: str, attribute: str, value: str) -> str:
    neighbour = NEIGHBOUR.fullmatch(value) if (tag, attribute) == ("a", "href") else None
    if neighbour is None or neighbour[1] not in known:
        return value
    return reverse("doc-detail", args=[neighbour[1]]) + (neighbour[2] or "")


def to_html(text: str, known: Set[str]) -> tuple[str, Sequence[tuple[str, str]]]:
    """The page, and id and name of each of its sections."""
    markdown = Markdown(extensions=["tables", "fenced_code", TocExtension(toc_depth="2-4")])
    filtered = partial(link, known)
    html = nh3.clean(markdown.convert(text), attributes=ATTRIBUTES, attribute_filter=filtered)
    html = SECTION.sub(ANCHORED, html)
    for plain, reachable in SCROLLING:
        html = html.replace(plain, reachable)
    tokens: Sequence[Mapping[str, Any]] = getattr(markdown, "toc_tokens", ())
    return html, [(one["id"], strip_tags(one["name"])) for one in tokens]


def read(name: str, known: Mapping[str, Path]) -> Document:
    return rendered(name, known[name].read_text(), frozenset(known))


@lru_cache(maxsize=100)
def rendered(name: str, text: str, known: Set[str]) -> Document:
    """Remembered, as it takes longer than all the rest of a page."""
    html, contents = to_html(text, known)
    heading = re.search(r"<h1[^>]*>(.+?)</h1>", html, re.DOTALL)
    title = strip_tags(heading[1]).strip() if heading else name.replace("-", " ").capitalize()
    first = re.search(r"<p>(.+?)</p>", html, re.DOTALL)
    # Up to the end of the first sentence; the rest is for whoever opens the document.
    summary = re.split(r"(?<=[.?!])\s", strip_tags(first[1]) if first else "")[0]
    return Document(title, summary, mark_safe(html), contents)


def by_audience(known: Mapping[str, Path]) -> Iterator[tuple[str, Sequence[tuple[str, Document]]]]:
    """Every document once: whom it is for, and name and document of each."""
    named = {name for names in AUDIENCES.values() for name in names}
    others = [name for name in known if name not in named]
    for audience, names in [*AUDIENCES.items(), (OTHERS, others)]:
        if there := [(name, read(name, known)) for name in names if name in known]:
            yield audience, there


@require_safe
def doc_list(request: HttpRequest) -> HttpResponse:
    return render(request, "docs/list.html", {"audiences": list(by_audience(documents()))})


@require_safe
def doc_detail(request: HttpRequest, name: str) -> HttpResponse:
    known = documents()
    if name not in known:
        raise Http404("There is no such document.")
    return render(request, "docs/detail.html", {"document": read(name, known)})
