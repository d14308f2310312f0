"""Which lines of a mail its sender wrote, and which others did."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.mail.patches import diffs

QUOTED = re.compile(r" {0,3}[>|]|\w{1,4}> ")
SIGNATURE = re.compile(r"--\s?$")
# `-----Original Message-----`, in any language; a line of scissors or of an oops is none.
DIVIDER = re.compile(r"-{4,}\s*[^\W\d_][\w' ]*\s*-{4,}\s*$")
FORWARDED = re.compile(r"Begin forwarded message:|-{4,}\s*Forwarded\b", re.IGNORECASE)
# The lines above a quotation that has no signs in front of it; Outlook's, in some languages.
FROM = re.compile(r"\*?(?:From|Von|De|Da|Van|Från|Fra|Od|发件人)\s?[::]")
FIELD = re.compile(
    r"\*?(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto"
    r"|Inviato|A|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|发送时间|收件人|主题)\s?[::]"
)
WROTE = re.compile(
    r"(?:\bwrote|\bwrites|\bschrieb\b.*|\ba écrit|\bescribió|\bha scritto|\bschreef\b.*|\bescreveu"
    r"|\bskrev\b.*|\bnapisał(?:\(a\))?|写道)\s?[::]$"
)
# What git puts above a commit that it writes as a mail.
MAILBOX = re.compile(r"From [0-9a-f]{40}(?:[0-9a-f]{24})? Mon Sep 17 00:00:00 2001$")
NAMED = re.compile(r"\d|@")
LONG_QUOTE = 65
LONGEST = 200
"""Letters that are looked at: what these lines say is short."""


def own_lines(text: str) -> list[str | None]:
    """The lines that the sender wrote; None stands for each line of somebody else.

    Where a quotation without signs, a forwarded mail or the signature begins, the list ends. Of
    commits as `git format-patch` writes them, the patch is the sender's, and nothing around it.
    """
    lines = text.split("\n")
    in_patch = {number for span in diffs(lines) for number in span}
    found: list[str | None] = []
    in_mailbox = False
    for number, line in enumerate(lines):
        if number in in_patch:  # a patch may hold anything
            found.append(line)
            continue
        in_mailbox = in_mailbox or bool(MAILBOX.match(line))
        if _ends(lines, number) and not (in_mailbox and _is_gits(lines, number)):
            break
        foreign = QUOTED.match(line) or _is_torn(lines, number) or _attributes(lines, number)
        found.append(None if foreign or in_mailbox else line)
    return found


def _is_gits(lines: Sequence[str], number: int) -> bool:
    """Whether git wrote the line: the first header of a commit, or what is below its patch."""
    return bool(SIGNATURE.match(lines[number]) or MAILBOX.match(lines[number - 1]))


def _ends(lines: Sequence[str], number: int) -> bool:
    line = lines[number][:LONGEST]
    if line.startswith("-"):
        return any(sort.match(line) for sort in (SIGNATURE, DIVIDER, FORWARDED))
    return bool(
        FORWARDED.match(line)
        or (FROM.match(line) and _is_head(lines[number + 1 : number + 6]))
        or (_attributes(lines, number) and not _is_quoted(lines, number + 1))
    )


def _is_head(below: Sequence[str]) -> bool:
    return sum(FIELD.match(line) is not None for line in below) >= 2


def _attributes(lines: Sequence[str], number: int) -> bool:
    """Whether a line ends what says whom the next lines quote: `On Monday A <a@b.c> wrote:`."""
    line = lines[number][-LONGEST:].rstrip()
    if not line.endswith((":", "\N{FULLWIDTH COLON}")) or not WROTE.search(line):
        return False
    return any(NAMED.search(line) for line in lines[max(0, number - 2) : number + 1])


def _is_quoted(lines: Sequence[str], number: int) -> bool:
    """Whether the next line that is not empty has a sign of quotation."""
    following = (line for line in lines[number : number + 20] if line.strip())
    return QUOTED.match(next(following, "")) is not None


def _is_torn(lines: Sequence[str], number: int) -> bool:
    """Whether a line is the end of a long quoted one, which a mail program wrapped."""
    if not 0 < number < len(lines) - 1:
        return False
    before, after = lines[number - 1], lines[number + 1]
    quoted = QUOTED.match(before) and QUOTED.match(after)
    return bool(quoted) and len(before) >= LONG_QUOTE
