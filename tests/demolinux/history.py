"""Writes the history of a seed into a repository, on top of the source tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeAlias

from runner.errors import InputError
from runner.values import Sha
from tests.demolinux import source
from tests.demolinux.change import INTEGRATOR, Change, Edit, applied, message
from tests.demolinux.plan import BASE, CHANGES, Step, ancestors, plan
from tests.demolinux.repository import Importer, Signature
from tests.demolinux.source import File

START = int(datetime(2024, 11, 17, 22, tzinfo=UTC).timestamp())
"""When the base is committed, about when 6.12 was released: it must not depend on today."""
HOUR = 3600

VERSION = re.compile(r"^VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = \d+\n", re.MULTILINE)
EDITED = frozenset({"Makefile"}).union(edit.path for change in CHANGES for edit in change.edits)

Texts: TypeAlias = Mapping[str, str]
"""The contents of the files in `EDITED`, by path."""

History: TypeAlias = list[tuple[Sha, Step]]
"""The commits that stand in the repository, in the order of the plan."""


def write(repository: Importer, seed: int, tree: Path) -> History:
    """Write the source tree as the base, and all commits and tags of the seed's plan on top."""
    kept: dict[str, File] = {}
    history: History = []
    _commit(repository, history, Step((), BASE), START, _keeping(source.files(tree), kept))
    base = {path: file.data.decode() for path, file in kept.items()}
    steps = plan(seed, release(base))
    trees = states(steps, base)
    for place, seconds in enumerate(dates(seed, len(steps))[1:], start=1):
        before = trees[steps[place].parents[0]]
        files = [
            File(path, kept[path].mode, text.encode())
            for path, text in trees[place].items()
            if text != before[path]
        ]
        _commit(repository, history, steps[place], seconds, files)
    return history


def _keeping(files: Iterable[File], kept: dict[str, File]) -> Iterator[File]:
    """The same files; those that changes edit are in `kept` afterwards."""
    for file in files:
        if file.path in EDITED:
            kept[file.path] = file
        yield file


def _commit(
    repository: Importer, history: History, step: Step, seconds: int, files: Iterable[File]
) -> None:
    change = step.change
    fixed = [
        f'{sha[:12]} ("{earlier.change.subject}")'
        for sha, earlier in history
        if earlier.change.key == change.fixes
    ]
    parents = [history[parent][0] for parent in step.parents]
    signature = Signature(change.author, seconds)
    sha = repository.commit(signature, message(change, *fixed), parents, files)
    if change.tag:
        repository.tag(change.tag, sha, signature, f"Linux {change.tag[1:]}\n")
    history.append((sha, step))


def dates(seed: int, count: int) -> list[int]:
    """When each of the steps is committed: distinct, increasing seconds."""
    random = Random(f"dates of {seed}")
    times = [START]
    while len(times) < count:
        times.append(times[-1] + random.randint(2 * HOUR, 60 * HOUR))
    return times


def release(base: Texts) -> Change:
    """The commit of the next release, whichever point release the package has."""
    found = VERSION.search(base.get("Makefile", ""))
    if found is None:
        raise InputError("the source is not that of Linux 6.12: its Makefile says otherwise")
    version = "VERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\n"
    return Change(
        key="release",
        author=INTEGRATOR,
        subject="Linux 6.13",
        body="A release of the demo's own.",
        edits=(Edit("Makefile", found.group(), version),),
        tag="v6.13",
    )


def states(steps: Sequence[Step], base: Texts) -> list[Texts]:
    """For each step, the edited files as they are there: the base with all its ancestors' changes.

    Changes of different branches touch different places of a file, so their order does not matter.
    """
    result: list[Texts] = []
    for known in ancestors(steps):
        texts = dict(base)
        for place in sorted(known):
            texts.update(applied(steps[place].change, texts))
        result.append(texts)
    return result
