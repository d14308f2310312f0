"""What holds of every console, whatever is in it: for the tests, and for hours of fuzzing."""

from __future__ import annotations

import string

from runner.console import crash_type, find_crash
from runner.values import Crash

TITLE_SIZE = 120
PRINTABLE = frozenset(string.printable) - frozenset("\r\v\f\n\t")
QUIET = frozenset(map(chr, range(32))) - frozenset("\n\t")
"""Control characters: reports go into mails, pages and terminals."""


def read(console: bytes) -> Crash | None:
    """The first crash of a console, after a look at all that must be true of it."""
    crash = find_crash(console)
    if crash is None:
        return None
    assert crash.title
    assert len(crash.title) <= TITLE_SIZE
    assert PRINTABLE.issuperset(crash.title), crash.title
    assert QUIET.isdisjoint(crash.report), "a control character in the report"
    assert crash.type == crash_type(crash.title)
    assert crash.title not in crash.alt_titles
    assert 0 <= crash.start < crash.end <= len(console)
    again = find_crash(console[crash.start :])
    assert again is not None, f"{crash.title} is not found again from its start on"
    assert again.title == crash.title
    return crash
