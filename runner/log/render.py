"""A log's values as its text."""

from __future__ import annotations

from collections.abc import Iterable

from runner.log.entries import (
    BuildOutput,
    Entry,
    GitOutput,
    Sentence,
    Shown,
    Unknown,
)
from runner.log.forms import CANDIDATE, CHOICE, FIRST_BAD, FORMS, REMARK, STARTED, Form
from runner.log.values import Log

_FORMS: dict[type[Entry], list[Form]] = {}
for _form in (*FORMS, REMARK, STARTED, FIRST_BAD, CHOICE, CANDIDATE):
    _FORMS.setdefault(_form.entry, []).append(_form)


def render(log: Log) -> str:
    """Byte for byte what was parsed; `runner.log.parse` says how bytes became text."""
    text = render_entries(log.entries)
    if log.is_cut:
        text = text.removesuffix("\n")
    return text.replace("\n", log.newline) if log.newline != "\n" else text


def render_entries(entries: Iterable[Entry]) -> str:
    """Whole lines, each with its end."""
    return "".join(map(_render, entries))


def _render(entry: Entry) -> str:
    match entry:
        case Sentence(said):
            return said.value + "\n"
        case BuildOutput(text) | GitOutput(text) | Unknown(text):
            return text
        case Shown():
            return shown(entry)
        case _:
            return _by_form(entry)


def _by_form(entry: Entry) -> str:
    form = next(form for form in _FORMS[type(entry)] if form.fits(entry))
    more: str = getattr(entry, "more", "")
    return f"{form.write(entry)}\n{more}"


def shown(commit: Shown) -> str:
    """As `git show` prints it."""
    merge = f"Merge: {' '.join(commit.merged)}\n" if commit.merged else ""
    date = f"Date:   {commit.date}\n" if commit.date else ""
    message = "".join(f"    {line}\n" for line in commit.message.split("\n"))
    return f"commit {commit.sha}\n{merge}Author: {commit.author}\n{date}\n{message}{commit.changes}"
