"""The text of a mail that was sent as HTML only, without what it quotes."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

BLOCKS = frozenset({"br", "p", "div", "tr", "li", "pre", "h1", "h2", "h3", "hr", "table"})
UNSEEN = frozenset({"blockquote", "head", "script", "style", "title", "template"})
QUOTES = ("gmail_quote", "moz-cite-prefix", "yahoo_quoted", "divrplyfwdmsg", "appendonsend")
"""Classes and ids in which mail programs put what is quoted, and all that follows."""

ASIDES = (("<!--", "-->"), ("<!", ">"), ("<?", ">"))
"""Comments, declarations, instructions. The parser looks for the end of each from its beginning,
thousands of times if there is none.
"""
LONGEST = 128 << 10
"""Letters that are read: people who write commands write less."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0
        self.quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = " ".join((value or "").lower() for name, value in attrs if name in ("class", "id"))
        self.quoted = self.quoted or any(quote in words for quote in QUOTES)
        self.unseen += tag in UNSEEN
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in UNSEEN))
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen and not self.quoted:
            self.pieces.append(data.replace("\N{NO-BREAK SPACE}", " "))


def as_text(html: str) -> str:
    """Each block on a line of its own, and nothing that is quoted.

    What comes after the last tag is not given to the parser of the standard library: it looks for
    the end of a tag from each `<` to the end of the text.
    """
    html = html[:LONGEST]
    for begin, end in ASIDES:
        html = "".join(_outside(html, begin, end))
    tags = html.rfind(">") + 1
    parser = _Text()
    parser.feed("".join(_with_ends(html[:tags])))
    parser.close()
    parser.handle_data(unescape(html[tags:]))
    return "\n".join(line.strip() for line in "".join(parser.pieces).split("\n"))


def _outside(html: str, begin: str, end: str) -> Iterator[str]:
    """What follows one that does not end is left out, up to the next one."""
    first, *others = html.split(begin)
    yield first
    yield from (other.partition(end)[2] for other in others)


def _with_ends(html: str) -> Iterator[str]:
    """Without the beginnings of end tags that do not end, for the same reason."""
    first, *others = html.split("</")
    yield first
    yield from (f"</{other}" if ">" in other else other for other in others)
