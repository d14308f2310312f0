"""The words around the fields of each entry: one table that both reads and writes the lines.

A form is a template such as `testing release {name:rest}`. What a form reads it writes back
letter by letter: each kind of field takes only what it would itself print.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from runner.log import configs
from runner.log import entries as e
from runner.log.entries import Entry
from runner.log.words import Duration, Field, Kind, Result, Whose
from runner.search import Verdict


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How one kind of field looks, and what it is."""

    pattern: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _quoted(addresses: tuple[str, ...]) -> str:
    escaped = (address.replace("\\", "\\\\").replace('"', '\\"') for address in addresses)
    return " ".join(f'"{address}"' for address in escaped)


def _unquoted(text: str) -> tuple[str, ...]:
    return tuple(re.sub(r"\\(.)", r"\1", word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def _counted(noun: str) -> FieldKind:
    """A number with its noun, which is plural for all but one."""
    return FieldKind(
        f"1 {noun}|(?:0|[2-9]|[1-9][0-9]{{1,14}}) {noun}s",
        lambda text: int(text.partition(" ")[0]),
        lambda number: f"{number} {noun}" if number == 1 else f"{number} {noun}s",
    )


_ADDRESS = r'"(?:[^"\\]|\\["\\])*"'
_VERDICTS = {verdict.value: verdict for verdict in Verdict}
KINDS: Mapping[str, FieldKind] = {
    "word": FieldKind(r"\S+", str, str),
    "sha": FieldKind(r"[0-9a-f]{2,64}", str, str),
    "rest": FieldKind(r".*", str, str),
    "number": FieldKind(r"0|[1-9][0-9]{0,14}", int, str),
    "revisions": _counted("revision"),
    "steps": _counted("step"),
    "two": FieldKind(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", float, lambda value: f"{value:.2f}"),
    "three": FieldKind(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{3}", float, lambda value: f"{value:.3f}"),
    "duration": FieldKind(Duration.PATTERN, Duration, lambda value: value.printed),
    "result": FieldKind(r".*", Result.read, lambda value: value.words),
    "words": FieldKind(
        r"(?:[^ ].*)?", lambda text: tuple(text.split(" ")) if text else (), " ".join
    ),
    "addresses": FieldKind(f"(?:{_ADDRESS}(?: {_ADDRESS})*)?", _unquoted, _quoted),
    "garbled": FieldKind(
        r"%!d\(string=[^ ()]*\)(?: %!d\(string=[^ ()]*\))*",
        lambda text: tuple(re.findall(r"=([^()]*)\)", text)),
        lambda names: " ".join(f"%!d(string={name})" for name in names),
    ),
    "verdict": FieldKind("good|bad|skip", _VERDICTS.__getitem__, str),
    "bool": FieldKind("true|false", lambda text: text == "true", lambda is_so: str(is_so).lower()),
}
_FIELD = re.compile(r"\{(\w+):(\w+)\}")


class Form:
    """One way in which an entry is written."""

    def __init__(self, entry: type[Entry], template: str, **fixed: Any) -> None:
        self.entry = entry
        self.template = template
        self.fixed = fixed
        self.prefix = _FIELD.split(template, maxsplit=1)[0]
        self._suffix = _FIELD.split(template)[-1]
        self.fields = [(name, KINDS[kind]) for name, kind in _FIELD.findall(template)]
        self._format = _FIELD.sub(r"{\1}", template)
        pattern = ""
        for index, part in enumerate(_FIELD.split(template)):
            if index % 3 == 0:
                pattern += re.escape(part)
            elif index % 3 == 2:
                pattern += f"({KINDS[part].pattern})"
        self._match = re.compile(pattern).fullmatch
        self._names = [name for name, _ in self.fields]
        readers = enumerate(kind.read for _, kind in self.fields)
        self._readers = [(index, read) for index, read in readers if read is not str]
        self._make = partial(entry, **fixed)
        self._is_in_order = list(entry.__slots__)[: len(self._names)] == self._names

    def read(self, line: str) -> Entry | None:
        # Asked first, the suffix spares the pattern from trying every place it might begin at.
        found = self._match(line) if line.endswith(self._suffix) else None
        if found is None:
            return None
        values: list[Any] = list(found.groups())
        for index, read in self._readers:
            values[index] = read(values[index])
        if self._is_in_order:
            return self._make(*values)  # the faster way
        return self._make(**dict(zip(self._names, values, strict=True)))

    def fits(self, entry: Entry) -> bool:
        """Whether this is the form for what the entry holds."""
        return all(getattr(entry, name) == value for name, value in self.fixed.items()) and all(
            getattr(entry, name) is not None for name, _ in self.fields
        )

    def write(self, entry: Entry) -> str:
        values = {name: kind.write(getattr(entry, name)) for name, kind in self.fields}
        return self._format.format(**values)


FORMS: tuple[Form, ...] = (
    # The beginning.
    Form(
        e.Opening, "bisecting cause commit starting from {sha:word}", kind=Kind.CAUSE, early=False
    ),
    Form(e.Opening, "bisecting fixing commit since {sha:word}", kind=Kind.FIX, early=False),
    Form(
        e.Opening,
        "searching for guilty commit starting from {sha:word}",
        kind=Kind.CAUSE,
        early=True,
    ),
    Form(e.Opening, "searching for fixing commit since {sha:word}", kind=Kind.FIX, early=True),
    Form(e.Syzkaller, "building syzkaller on {revision:rest}"),
    Form(e.FetchFailed, "fetch failed with {reason:rest}"),
    Form(e.Reidentified, "rewritten commit {sha:word} reidentified by title '{title:rest}'"),
    Form(e.Reproducing, "ensuring issue is reproducible on original commit {sha:word}"),
    # What is tested now, and next.
    Form(e.Testing, "testing commit {sha:word}", asked=None, compiler=None),
    Form(e.Testing, "testing commit {sha:word} with {compiler:rest}", asked=None),
    Form(e.Testing, "testing commit {sha:word} {asked:rest}", compiler=None),
    Form(e.Picked, "picked [{releases:garbled}] out of %!d(MISSING) release tags", tags=None),
    Form(e.Picked, "picked [{releases:words}] out of {tags:number} release tags"),
    Form(e.Release, "testing release {name:rest}"),
    Form(e.Head, "testing current HEAD {sha:word}"),
    Form(e.GivenGood, "testing the given good commit {sha:word}"),
    Form(e.Reachable, "revision {sha:word} crashed and is reachable"),
    Form(e.MergeBase, "checking the merge base {sha:word}"),
    Form(e.NotOnMergeBase, "reproducer does not crash the merge base, {reason:rest}"),
    Form(e.UntestedParent, "parent commit {sha:word} wasn't tested"),
    # The test of a revision.
    Form(e.Compiler, "compiler: {words:rest}"),
    *(Form(e.EndSignature, f"{whose}{{value:rest}}", whose=whose) for whose in Whose),
    Form(e.Signature, "kernel signature: {value:rest}"),
    Form(e.Run, "run #{index:number}: {result:result}", early=False),
    Form(e.Run, "all runs: {result:result}", index=None, early=False),
    Form(e.Run, "try #{index:number}: {result:result}", early=True),
    Form(e.FailedBuilding, "failed building {sha:word}: {reason:rest}"),
    Form(e.FailedReproducer, "repro testing failure: {reason:rest}", sha=None),
    Form(e.FailedReproducer, "failed testing reproducer on {sha:word}: {reason:rest}"),
    Form(e.Representative, "representative crash: {title:rest}, types: [{types:words}]"),
    Form(
        e.Undetermined,
        "unable to determine the verdict: {good:number} good runs (wanted {wanted_good:number}),"
        " for bad wanted {wanted_total:number} in total, got {total:number}",
    ),
    Form(e.FalseNegative, "false negative chance: {chance:three}"),
    # Git's.
    Form(e.GitStart, "# git bisect start {bad:word} {good:word}"),
    Form(e.GitVerdict, "# git bisect {verdict:verdict} {sha:word}"),
    Form(
        e.Left,
        "Bisecting: {revisions:revisions} left to test after this (roughly {steps:steps})",
    ),
    Form(e.MergeBaseIsBad, "The merge base {sha:word} is bad."),
    Form(
        e.FixedBetween, "This means the bug has been fixed between {base:word} and [{good:words}]."
    ),
    # A smaller config.
    Form(configs.ConfigScript, "# config-bisect.pl {verdict:rest}"),
    Form(configs.ConfigChanges, "# found config option changes [{options:words}]"),
    Form(
        configs.Kconfig,
        "kconfig minimization: base={base:number} full={full:number} diff={diff:number}",
        chunks=False,
    ),
    Form(
        configs.Kconfig,
        "kconfig minimization: base={base:number} full={full:number} leaves diff={diff:number}",
        chunks=True,
    ),
    Form(configs.TryHalf, "trying half: [{options:words}]"),
    Form(configs.ResultingConfigs, "resulting configs: {options:rest}"),
    Form(configs.Disabling, "disabling configs for [{groups:words}], they are not needed"),
    Form(configs.SplitChunks, "split chunks (needed={needed:bool}): {lengths:rest}"),
    Form(
        configs.SplitChunk,
        "split chunk #{index:number} of len {length:number} into {parts:number} parts",
    ),
    Form(configs.WithoutChunk, "testing without sub-chunk {index:number}/{parts:number}"),
    Form(
        configs.PredicateLimit,
        "we have reached the limit on predicate runs ({runs:number}); pretend it returns false",
    ),
    Form(configs.Minimised, "minimized to {configs:number} configs; suspects: [{suspects:words}]"),
    Form(configs.BadKconfig, "config minimization failed due to bad Kconfig {reason:rest}"),
    # The end.
    Form(e.ErrorProbability, "accumulated error probability: {chance:two}"),
    Form(e.CheckFailed, "failed to detect release: {reason:rest}", what="release"),
    Form(e.CheckFailed, "failed to detect noop change: {reason:rest}", what="noop change"),
    Form(e.Flaky, "reproducer is flaky ({chance:two} repro chance estimate)"),
    Form(
        e.Totals,
        "revisions tested: {revisions:number}, total time: {total:duration}"
        " (build: {build:duration}, test: {test:duration})",
    ),
    *(
        Form(
            e.Inconclusive,
            f"bisection is inconclusive, the first {word} commit could be any of:",
            kind=kind,
        )
        for kind, word in ((Kind.CAUSE, "bad"), (Kind.FIX, "good"))
    ),
    *(
        Form(e.First, f"first {word} commit: {{sha:word}} {{subject:rest}}", kind=kind)
        for kind, word in ((Kind.CAUSE, "bad"), (Kind.FIX, "good"))
    ),
    Form(e.CommitMessage, "commit msg: {title:rest}"),
    *(Form(e.RecipientList, f"{field}: [{{addresses:addresses}}]", field=field) for field in Field),
    Form(e.CrashReport, "crash: {title:rest}"),
    Form(e.Error, "error: {reason:rest}"),
)

# What the reader asks for when no other form fits.
REMARK = Form(e.Remark, "# {text:rest}")
# Forms without words of their own at the beginning: the context says when to ask for them.
STARTED = Form(e.Started, "{host:word} starts bisection {time:rest}")
FIRST_BAD = Form(e.FirstBad, "{sha:word} is the first bad commit")
CHOICE = Form(e.Choice, "[{sha:word}] {subject:rest}")
CANDIDATE = Form(e.Candidate, "{sha:sha}")
