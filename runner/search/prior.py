"""How likely each commit is before any run, and why: weights by what the commits change. Pure.

The numbers are measured on bisections whose true culprit is known; the measurement is repeated by
`tests/runner/search/test_prior_measured.py`.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from runner.values import Sha


class Kind(StrEnum):
    """What a commit has to do with the crash, likeliest first."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"
    MERGE = "merge"
    DOCUMENTATION = "documentation"
    INERT = "inert"


REASONS = {
    Kind.FILE: "changes a file on the crash's stack",
    Kind.DIRECTORY: "changes a file beside one on the crash's stack",
    Kind.OTHER: "changes no file near the crash's stack",
    Kind.MERGE: "is a merge, and those change next to nothing themselves",
    Kind.DOCUMENTATION: "changes nothing that is built",
    Kind.INERT: "changes no file that this kernel is built from",
}
NO_STACK = "may be as likely as any other: the crash names no file"

MASS = {Kind.FILE: 0.70, Kind.DIRECTORY: 0.12, Kind.OTHER: 0.18}
"""Probability that the culprit is of this kind, shared by however many commits are.

Of 145 audited culprits that the incumbent found, 0.83 touch a file, 0.06 a directory. Those that
it missed were harder: of all culprits fewer stand on the stack than of these.
"""
CHANCE = {Kind.MERGE: 0.03, Kind.DOCUMENTATION: 0.01, Kind.INERT: 0.0003}
"""Chance of one such commit, as a part of an average other one's. No audited culprit was any.

An inert one's is about that of one binary behaving in two ways: a hundred of them between two
tested revisions, as small configs have them, must not keep the search from being sure.
"""

FOLDERS = ("Documentation/", "LICENSES/", "tools/perf/", "tools/testing/")
NAMES = frozenset((".gitignore", ".mailmap", "COPYING", "CREDITS", "MAINTAINERS", "README"))
SUFFIXES = (".md", ".rst", ".txt")
BUILT = frozenset(("arch/x86/lib/x86-opcode-map.txt",))
"""Looks like documentation, but the instruction decoder is generated from it."""
SHOWN = 3
"""Files named in the reason of one commit."""


@dataclass(frozen=True, slots=True)
class Group:
    """The commits of one kind, together."""

    kind: Kind
    reason: str
    """Completes the sentence "this commit ..."."""
    commits: int
    share: float
    """Part of the whole probability."""
    weight: float
    """Of its average commit; an average commit of all weighs 1."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one commit stands."""

    group: Group
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Prior:
    """The weights of a range's commits and their explanation."""

    weights: Mapping[Sha, float]
    """Never zero; their mean is 1."""
    groups: Sequence[Group]
    """Those that have commits, likeliest kind first."""
    stack: Sequence[str]
    """The files the crash points at, top frame first."""
    kinds: Mapping[Sha, Kind]
    touched: Mapping[Sha, Sequence[str]]
    """Files of the stack that a commit changes, where there are any; top frame first."""

    @property
    def inert(self) -> frozenset[Sha]:
        """The commits that cannot matter."""
        return frozenset(sha for sha, kind in self.kinds.items() if kind == Kind.INERT)

    def of(self, sha: Sha) -> Standing:
        """Why a commit weighs what it weighs; `KeyError` for one that is not in the range."""
        kind = self.kinds[sha]
        group = next(group for group in self.groups if group.kind == kind)
        reason = self._files(sha) if kind == Kind.FILE else group.reason
        return Standing(group, self.weights[sha], reason)

    def _files(self, sha: Sha) -> str:
        files = self.touched[sha][:SHOWN]
        named = (f"{file} (file {self.stack.index(file) + 1} of the stack)" for file in files)
        return "changes " + ", ".join(named)


def weigh(
    changes: Mapping[Sha, Collection[str]],
    *,
    stack: Sequence[str],
    merges: Collection[Sha] = (),
    inert: Collection[Sha] = (),
) -> Prior:
    """The prior of a range: `changes` has every commit with the paths it changes.

    `stack`: source files, top frame first, each once; empty when nothing is known.
    `inert`: commits known not to change this configuration's kernel.
    """
    touched = _touched(changes, stack)
    folders = {posixpath.dirname(file) for file in stack}
    are_inert, are_merges = frozenset(inert), frozenset(merges)

    def kind_of(sha: Sha, paths: Collection[str]) -> Kind:
        if sha in are_inert:
            return Kind.INERT
        if sha in are_merges:
            return Kind.MERGE
        if all(is_documentation(path) for path in paths):
            return Kind.DOCUMENTATION
        if sha in touched:
            return Kind.FILE
        near = any(posixpath.dirname(path) in folders for path in paths)
        return Kind.DIRECTORY if near else Kind.OTHER

    kinds = {sha: kind_of(sha, paths) for sha, paths in changes.items()}
    weights = _weights(kinds, touched, stack)
    return Prior(weights, _groups(kinds, weights, stack), tuple(stack), kinds, touched)


def is_documentation(path: str) -> bool:
    """Whether a file is certainly no part of any kernel."""
    if path in BUILT:
        return False
    named = posixpath.basename(path) in NAMES or path.endswith(SUFFIXES)
    return named or path.startswith(FOLDERS)


def _touched(
    changes: Mapping[Sha, Collection[str]], stack: Sequence[str]
) -> dict[Sha, tuple[str, ...]]:
    """The files of the stack that each commit changes, for those that change any."""
    depth = {file: place for place, file in enumerate(stack)}
    found = {
        sha: tuple(sorted(depth.keys() & set(paths), key=depth.__getitem__))
        for sha, paths in changes.items()
    }
    return {sha: files for sha, files in found.items() if files}


def _weights(
    kinds: Mapping[Sha, Kind], touched: Mapping[Sha, Sequence[str]], stack: Sequence[str]
) -> dict[Sha, float]:
    count = Counter(kinds.values())
    by_file = _by_file([sha for sha in kinds if kinds[sha] == Kind.FILE], touched, stack)
    # A group of very many commits has little mass for each. Never less than a weaker group's.
    least = MASS[Kind.FILE] * min(by_file.values(), default=inf)
    each = {}
    for kind in (Kind.DIRECTORY, Kind.OTHER):
        if count[kind]:
            each[kind] = least = min(least, MASS[kind] / count[kind])
    weights = {
        sha: each[kind] if kind in each else MASS[Kind.FILE] * by_file[sha]
        for sha, kind in kinds.items()
        if kind in MASS
    }
    average = sum(weights.values()) / len(weights) if weights else 1.0
    rare = {kind: min(least, chance * average) for kind, chance in CHANCE.items()}
    raw = {sha: weights[sha] if kind in MASS else rare[kind] for sha, kind in kinds.items()}
    mean = sum(raw.values()) / len(raw) if raw else 1.0
    return {sha: weight / mean for sha, weight in raw.items()}


def _by_file(
    commits: Iterable[Sha], touched: Mapping[Sha, Sequence[str]], stack: Sequence[str]
) -> dict[Sha, float]:
    """A mass of 1 over the commits that touch the stack.

    The n-th file of the stack has 1/n of the first one's mass, which the commits that touch it
    share: one that touches several has a part of each.
    """
    files = {sha: touched[sha] for sha in commits}
    users = Counter(file for of_one in files.values() for file in of_one)
    part = {file: 1 / place for place, file in enumerate(stack, start=1) if file in users}
    whole = sum(part.values())
    return {
        sha: sum(part[file] / users[file] for file in of_one) / whole
        for sha, of_one in files.items()
    }


def _groups(
    kinds: Mapping[Sha, Kind], weights: Mapping[Sha, float], stack: Sequence[str]
) -> tuple[Group, ...]:
    members: dict[Kind, list[float]] = {kind: [] for kind in Kind}
    for sha, kind in kinds.items():
        members[kind].append(weights[sha])
    reasons = REASONS if stack else {**REASONS, Kind.OTHER: NO_STACK}
    return tuple(
        Group(kind, reasons[kind], len(each), sum(each) / len(weights), sum(each) / len(each))
        for kind, each in members.items()
        if each
    )
