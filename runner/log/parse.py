"""A log's text as values. Every line is kept where it stood; none is fatal."""

from __future__ import annotations

import re
from dataclasses import replace

from runner.log import configs
from runner.log import entries as e
from runner.log.entries import Entry
from runner.log.forms import CANDIDATE, CHOICE, FIRST_BAD, FORMS, REMARK, STARTED, Form
from runner.log.render import shown
from runner.log.values import Log
from runner.log.words import Said

_KEY = 4
_SENTENCES: dict[str, Entry] = {said.value: e.Sentence(said) for said in Said}
_BY_KEY: dict[str, list[Form]] = {}
for _form in FORMS:
    _BY_KEY.setdefault(_form.prefix[:_KEY], []).append(_form)

_AFTER: dict[type[Entry] | Said, Form] = {
    e.Left: CHOICE,
    e.Inconclusive: CANDIDATE,
    e.Candidate: CANDIDATE,
    Said.BASE_MUST_BE_TESTED: CHOICE,
    Said.FIRST_BAD_AMONG: CANDIDATE,
}
"""What may come after an entry or a sentence without words of its own."""
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
    configs.ConfigScript,
    configs.BadKconfig,
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
        self._next: Form | None = STARTED
        """What may come after it without words of its own."""
        self._known: dict[str, Entry] = dict(_SENTENCES)

    def read(self) -> list[Entry]:
        text: list[str] = []
        for number, line in enumerate(self._lines):
            entry = self._entry(line) if line or not text else None
            if entry is None:
                text.append(line)
                continue
            if text:
                self._add_text(text)
                text = []
            if isinstance(entry, _LAST):
                rest = self._lines[number + 1 :]
                self._entries.append(replace(entry, more=_joined(rest)))
                return self._entries
            self._add(entry)
        if text:
            self._add_text(text)
        return self._entries

    def _entry(self, line: str) -> Entry | None:
        """What a line is by its own words, or by the entry before it; None: part of a text."""
        found = self._known.get(line)
        if found is None:
            found = _by_words(line)
            if found is not None:
                self._known[line] = found
        if found is None:
            return self._next.read(line) if self._next else None
        return found if self._has_totals or not isinstance(found, _LAST) else None

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        kind = type(entry)
        if kind is e.Totals:
            self._has_totals = True
        if kind is not e.Remark and entry is not _SENTENCES[""]:
            self._context = entry
            self._next = _AFTER.get(entry.said if isinstance(entry, e.Sentence) else kind)

    def _add_text(self, lines: list[str]) -> None:
        text = _joined(lines)
        last = self._entries[-1] if self._entries else None
        if isinstance(last, _MORE) and last is self._context:
            self._entries[-1] = replace(last, more=text)
        else:
            self._add(self._text(text))

    def _text(self, text: str) -> Entry:
        if isinstance(self._context, e.FirstBad):
            return read_commit(text) or e.GitOutput(text)
        if isinstance(self._context, _TEST_HEAD):
            return e.BuildOutput(text)
        return e.GitOutput(text) if isinstance(self._context, _GIT) else e.Unknown(text)


def _by_words(line: str) -> Entry | None:
    for form in _BY_KEY.get(line[:_KEY], ()):
        if (entry := form.read(line)) is not None:
            return entry
    if line.startswith(REMARK.prefix):
        return REMARK.read(line)
    return FIRST_BAD.read(line) if line.endswith(" is the first bad commit") else None


def read_commit(text: str) -> e.Shown | None:
    """A commit as `git show` prints it; None: it would not be printed like this again."""
    found = _SHOWN.fullmatch(text)
    if not found:
        return None
    sha, merged, author, date, message, changes = found.groups("")
    message = "\n".join(line[4:] for line in message.split("\n")[:-1])
    parents = tuple(merged.split(" ")) if merged else ()
    commit = e.Shown(sha, author, date, message, changes, parents)
    return commit if shown(commit) == text else None


def _joined(lines: list[str]) -> str:
    return "\n".join([*lines, ""])
