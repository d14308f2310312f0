"""A log's text as values. Every line is kept where it stood; none is fatal."""

from __future__ import annotations

import re
from dataclasses import replace

from runner.log import entries as e
from runner.log.entries import Entry
from runner.log.forms import CANDIDATE, CHOICE, FIRST_BAD, FORMS, REMARK, STARTED, Form
from runner.log.render import shown
from runner.log.values import Log
from runner.log.words import Said

_KEY = 4
_SENTENCES = {said.value: e.Sentence(said) for said in Said}
_BY_KEY: dict[str, list[Form]] = {}
for _form in FORMS:
    _BY_KEY.setdefault(_form.prefix[:_KEY], []).append(_form)

_LISTS = (e.Inconclusive, e.Candidate)
_TEST_HEAD = (e.Testing, e.Compiler, e.Signature, e.BuildOutput)
_GIT = (
    e.GitStart,
    e.GitVerdict,
    e.Left,
    e.Choice,
    e.FirstBad,
    e.Shown,
    e.MergeBaseIsBad,
    e.FixedBetween,
    e.GitOutput,
)
_LAST = (e.CrashReport, e.Error)
"""What reaches to the end, once the totals were told."""
_MORE = (
    e.Run,
    e.FailedBuilding,
    e.FailedReproducer,
    e.FetchFailed,
    e.ConfigScript,
    e.BadKconfig,
    e.CheckFailed,
)
_SHOWN = re.compile(
    r"commit (\S+)\n(?:Merge: (\S+(?: \S+)*)\n)?Author: (.*)\n(?:Date:   (.+)\n)?\n"
    r"((?:    .*\n)+)([\s\S]*)"
)


def parse(text: bytes | str) -> Log:
    """The values of a log. Bytes that are no UTF-8 become lone surrogates, as
    `errors="surrogateescape"` has it, and encode back to what they were.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    newline = "\n"
    if 0 < text.count("\n") == text.count("\r\n"):
        newline = "\r\n"
        text = text.replace(newline, "\n")
    lines = text.split("\n")
    is_cut = bool(lines[-1])
    if not is_cut:
        lines.pop()
    return Log(tuple(_Reader(lines).read()), newline, is_cut)


class _Reader:
    """Reads line by line, with the entry before as all the state there is."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._entries: list[Entry] = []
        self._has_totals = False
        self._context: Entry | None = None
        """The last entry that is neither a blank line nor a remark."""
        self._known: dict[str, Entry | None] = {}

    def read(self) -> list[Entry]:
        text: list[str] = []
        for number, line in enumerate(self._lines):
            if not line and text:
                text.append(line)
                continue
            entry = self._entry(line)
            if entry is None:
                text.append(line)
                continue
            self._add_text(text)
            if isinstance(entry, _LAST):
                rest = self._lines[number + 1 :]
                self._entries.append(replace(entry, more=_joined(rest)))
                return self._entries
            self._add(entry)
        self._add_text(text)
        return self._entries

    def _entry(self, line: str) -> Entry | None:
        found = self._known.get(line, self)
        if found is self:
            found = self._known[line] = _by_words(line)
        if found is None:
            return self._by_context(line)
        if isinstance(found, _LAST) and not self._has_totals:
            return None
        return found  # type: ignore[return-value]

    def _by_context(self, line: str) -> Entry | None:
        context = self._context
        if context is None:
            return STARTED.read(line)
        if isinstance(context, e.Left) or context == e.Sentence(Said.BASE_MUST_BE_TESTED):
            return CHOICE.read(line)
        if isinstance(context, _LISTS) or context == e.Sentence(Said.FIRST_BAD_AMONG):
            return CANDIDATE.read(line)
        return None

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        if isinstance(entry, e.Totals):
            self._has_totals = True
        if not isinstance(entry, e.Remark) and entry is not _SENTENCES[""]:
            self._context = entry

    def _add_text(self, lines: list[str]) -> None:
        if not lines:
            return
        text = _joined(lines)
        lines.clear()
        last = self._entries[-1] if self._entries else None
        if isinstance(last, _MORE) and last is self._context:
            self._entries[-1] = replace(last, more=text)
            return
        self._add(self._text(text))

    def _text(self, text: str) -> Entry:
        if isinstance(self._context, e.FirstBad):
            return _shown(text) or e.GitOutput(text)
        if isinstance(self._context, _TEST_HEAD):
            return e.BuildOutput(text)
        return e.GitOutput(text) if isinstance(self._context, _GIT) else e.Unknown(text)


def _by_words(line: str) -> Entry | None:
    if line in _SENTENCES:
        return _SENTENCES[line]
    for form in _BY_KEY.get(line[:_KEY], ()):
        if line.startswith(form.prefix) and (entry := form.read(line)) is not None:
            return entry
    if line.startswith(REMARK.prefix):
        return REMARK.read(line)
    return FIRST_BAD.read(line) if line.endswith(" is the first bad commit") else None


def _shown(text: str) -> e.Shown | None:
    found = _SHOWN.fullmatch(text)
    if not found:
        return None
    sha, merged, author, date, message, changes = found.groups("")
    message = "\n".join(line[4:] for line in message.split("\n")[:-1])
    parents = tuple(merged.split(" ")) if merged else ()
    commit = e.Shown(sha, author, date, message, changes, parents)
    return commit if shown(commit) == text else None


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
