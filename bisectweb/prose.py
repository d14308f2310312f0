"""Markdown of strangers as HTML: nothing of theirs runs, and none of it takes long."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown

TAGS = nh3.ALLOWED_TAGS - {"img"}
"""No picture, which would be asked for from elsewhere."""
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"\n\s*\n")
OPENERS = "[(<"
MOST_STEPS = 400_000
"""Each opening bracket is looked for the end of, up to the end of its paragraph: a tenth of a
second. A paragraph of 2,000 letters may have 200."""
MOST_CELLS = 5000
"""Of a table: each of its rows has as many cells as its first one, however short it is."""


@lru_cache(maxsize=200)
def prose(text: str) -> SafeString:
    """What would take long, or be nested too deep, is shown as it was typed. Code has no limits.

    Remembered, as a page has many.
    """
    blocks = BLOCK.split(FENCED.sub("", text))
    if sum(map(steps, blocks)) > MOST_STEPS or any(cells(one) > MOST_CELLS for one in blocks):
        return as_typed(text)
    try:
        html = Markdown(extensions=["tables", "fenced_code"]).convert(text)
    except RecursionError:
        return as_typed(text)
    return mark_safe(nh3.clean(html, tags=TAGS, link_rel="nofollow noopener noreferrer"))


def steps(block: str) -> int:
    """Of the slowest part of the conversion of a paragraph, roughly."""
    return len(block) * sum(map(block.count, OPENERS))


def cells(block: str) -> int:
    """If it is a table."""
    lines = block.split("\n")
    return len(lines) * max(line.count("|") for line in lines)


def as_typed(text: str) -> SafeString:
    return format_html('<pre class="wrap">{}</pre>', text)
