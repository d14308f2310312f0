"""Markdown of strangers: what is meant well looks well, and what is not takes no time."""

from __future__ import annotations

import pytest

from bisectweb.prose import prose

REPORT = "\n".join(f"[   12.{number:06}][   T99]  kfree+0x10/0x20" for number in range(150))


def test_lists_links_tables_and_code_are_there() -> None:
    html = prose(
        "See [the list](https://lore.invalid/x) (or <https://x.invalid>):\n\n- a\n    - b\n\n"
        "a | b\n--|--\n1 | 2\n\n```\nint main(void)\n```\n"
    )
    for tag in ("<a href=", "<ul>", "<td>", "<code>int main"):
        assert tag in html
    assert "<pre class" not in html


def test_a_whole_report_is_code_where_it_is_fenced_and_as_typed_where_not() -> None:
    fenced = prose(f"It says **this**:\n\n```\n{REPORT}\n```\n")
    assert "<strong>this</strong>" in fenced
    assert REPORT in fenced
    assert prose(REPORT) == f'<pre class="wrap">{REPORT}</pre>'


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "![" * 5_000,
        "[a](" * 2_500,
        "<a " * 3_300,
        "a|" * 1000 + "\n" + "-|" * 1000 + "\n" + "|\n" * 3000,
        "1. " * 3_300,
        "  - " * 2_500,
        "> " * 5_000,
    ],
    ids=["brackets", "pictures", "links", "tags", "table", "numbers", "dots", "quotes"],
)
def test_what_is_made_to_be_slow_is_shown_as_it_was_typed(text: str) -> None:
    assert len(prose(text)) < 10 * len(text)


def test_what_is_shown_as_typed_is_no_html() -> None:
    html = prose("<script>" * 1200)
    assert html.startswith('<pre class="wrap">&lt;script&gt;')
    assert "<script" not in html
