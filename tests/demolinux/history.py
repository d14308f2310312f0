"""Writes the history of a seed into a repository, on top of its base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import TypeAlias

from runner.values import Sha
from tests.demolinux.base import Base
from tests.demolinux.change import applied, message
from tests.demolinux.plan import Step, ancestors
from tests.demolinux.repository import Importer, Signature
from tests.demolinux.source import File

HOUR = 3600

Texts: TypeAlias = Mapping[str, str]
"""The contents of the files that changes edit, by path."""

History: TypeAlias = list[tuple[Sha, Step]]
"""The commits that stand in the repository, in the order of the plan; the base is the first."""


def write(
    into: Importer,
    seed: int,
    base: Base,
    steps: Sequence[Step],
    texts: Texts,
    modes: Mapping[str, str],
) -> History:
    """Write all commits and tags of a plan on top of its base, whose files are `texts`."""
    history: History = [(base.sha, steps[0])]
    trees = states(steps, texts)
    for place, seconds in enumerate(dates(seed, base.seconds, len(steps))[1:], start=1):
        before = trees[steps[place].parents[0]]
        files = [
            File(path, modes[path], text.encode())
            for path, text in trees[place].items()
            if text != before[path]
        ]
        _commit(into, history, steps[place], seconds, files)
    return history


def _commit(
    into: Importer, history: History, step: Step, seconds: int, files: Iterable[File]
) -> None:
    change = step.change
    fixed = [
        f'{sha[:12]} ("{earlier.change.subject}")'
        for sha, earlier in history
        if earlier.change.key == change.fixes
    ]
    parents = [history[parent][0] for parent in step.parents]
    signature = Signature(change.author, seconds)
    sha = into.commit(signature, message(change, *fixed), parents, files)
    if change.tag:
        into.tag(change.tag, sha, signature, f"Linux {change.tag[1:]}\n")
    history.append((sha, step))


def dates(seed: int, start: int, count: int) -> list[int]:
    """When each of the steps is committed: distinct, increasing seconds, from `start` on."""
    random = Random(f"dates of {seed}")
    times = [start]
    while len(times) < count:
        times.append(times[-1] + random.randint(2 * HOUR, 30 * HOUR))
    return times


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
