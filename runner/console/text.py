"""Takes a console apart into lines, each with who said it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE_SIZE = 1000
"""Characters of a line that are read; no line of a kernel has more."""
LINES = 5000
"""Lines of a report that are read: the longest ones, of many hung tasks, have half of it."""
NOISE = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b\n]*\x07?|\x1b|\xe2\x80[\x8b-\x8f\xa8-\xae]"
    r"|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2[\x80-\x9f]|[\x00-\x08\x0b-\x1f\x7f]"
)
"""What moves a cursor, hides text or turns it around: reports go into mails and terminals."""
STAMP = re.compile(
    r"(?:\*\* \d+ printk messages dropped \*\* ?)?"
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} kernel: "
    r"|\d{4}-\d\d-\d\dT[\d:.,+-]{8,30}Z? \S{1,64} kernel: )?"
    r"(?:.{0,80}? login: )?(?:<\d{1,3}>)?\[ *\d+\.\d+\](?:\[ *(?P<caller>[CT]\d+)[^\]]{0,20}\])? ?"
)
"""What comes before the words of the kernel: syslog's head, a prompt, level, time and caller."""
HEAD = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64}"
    r"|\d{4}-\d\d-\d\dT[\d:.,+-]{8,30}Z? \S{1,64}) kernel: |<\d{1,3}>"
)
"""The same without a time of the kernel's own."""
NOBODY = "console"
"""The context of a line that has a time and no caller. A line without either has none: ''."""
DOUBTFUL = re.compile(r"^ *(?:\[<[0-9a-f]+>\] ?)?\? |\(unreliable\)")
"""What the unwinder only guesses to be a frame."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    context: str
    """`T123` and `C1` are tasks and processors, see `NOBODY` for others."""
    end: int
    """Where it ends, before its newline, in what was taken apart."""

    @property
    def doubtful(self) -> bool:
        """Whether it is a frame that may be left over from something else."""
        return "? " in self.text and "<EOI>" not in self.text and bool(DOUBTFUL.match(self.text))


def lines(log: str) -> Iterator[Line]:
    """The lines of a log that has a character for each byte (Latin-1), and what wrote each."""
    noisy = NOISE.search(log) is not None
    end = -1
    for text in log.split("\n", LINES)[:LINES]:
        end += len(text) + 1
        text = text[:LINE_SIZE]
        yield _line(NOISE.sub("", text) if noisy else text, end)


def _line(text: str, end: int) -> Line:
    stamp = STAMP.match(text)
    if stamp:
        return Line(text[stamp.end() :], stamp["caller"] or NOBODY, end)
    head = HEAD.match(text)
    return Line(text[head.end() :], NOBODY, end) if head else Line(text, "", end)
