"""The prior's numbers, measured on bisections whose true culprit is known.

The logs are old: git then listed only the top folders of a commit that changed many. Those say
nothing of files and are left out, as are logs without a diffstat or a report.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path

import pytest

from runner.console.guilty import stack_files
from runner.search.prior import MASS, Kind, weigh

AUDITED = Path(__file__).parents[4] / "shared" / "bisectlogs"
"""Real bisection logs with audited answers; kept beside the project, not in it."""

NAMED = re.compile(r"^([0-9a-f]{40}) is the first bad commit\n", re.MULTILINE)
END = re.compile(r"^(?:revisions tested|parent commit|culprit signature|testing commit)", re.M)
CHANGED = re.compile(r"^ (\S.*?) +\| +(?:\d+ ?[+-]*|Bin .*)$", re.MULTILINE)
RENAMED = re.compile(r"\{.* => (.*)\}")
CRASH = re.compile(r"^crash: (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Log:
    """What a log says of the commit it names."""

    label: str
    named: str
    title: str
    paths: tuple[str, ...]
    report: str


@cache
def audited() -> tuple[Log, ...]:
    """The logs that name a commit with its diffstat, and no merge."""
    if not AUDITED.is_dir():
        pytest.skip(f"{AUDITED} is absent: it holds the audited bisection logs")
    with (AUDITED / "labels.csv").open() as table:
        read = (parsed(row) for row in csv.DictReader(table))
        return tuple(log for log in read if log)


def parsed(row: Mapping[str, str]) -> Log | None:
    text = (AUDITED / "logs" / f"{row['log']}.txt").read_text(errors="replace").replace("\r", "")
    named = NAMED.search(text)
    end = END.search(text, named.end()) if named else None
    crashes = list(CRASH.finditer(text))
    if named is None or end is None or not crashes:
        return None
    commit = text[named.end() : end.start()]
    paths = tuple(RENAMED.sub(r"\1", path) for path in CHANGED.findall(commit))
    report = text[crashes[-1].end() :].strip()
    if not paths or not report or "\nMerge: " in commit:
        return None
    return Log(row["label"], named[1], row["title"].partition(" (")[0], paths, report)


def correct() -> list[Log]:
    return [log for log in audited() if log.label == "correct"]


def others(log: Log) -> dict[str, tuple[str, ...]]:
    """Commits that have nothing to do with a log's bug: those other bugs' logs name."""
    own = {other.named for other in audited() if other.title == log.title} | {log.named}
    return {other.named: other.paths for other in audited() if other.named not in own}


def test_most_true_culprits_change_a_file_of_the_stack_and_few_other_commits_do() -> None:
    culprits: Counter[Kind] = Counter()
    strangers: Counter[Kind] = Counter()
    places: Counter[int] = Counter()
    for log in correct():
        stack = stack_files(log.report)
        prior = weigh({log.named: log.paths, **others(log)}, stack=stack)
        culprits[prior.kinds[log.named]] += 1
        strangers.update(prior.kinds[sha] for sha in prior.kinds if sha != log.named)
        if files := prior.touched.get(log.named):
            places[stack.index(files[0]) + 1] += 1
    total, all_strangers = culprits.total(), strangers.total()
    measured = (
        f"{total} culprits: {dict(culprits)}, their first file's place {sorted(places.items())}; "
        f"{all_strangers} pairs with other commits: {dict(strangers)}"
    )
    assert total >= 100, measured
    assert culprits[Kind.FILE] > MASS[Kind.FILE] * total, measured
    assert culprits[Kind.DOCUMENTATION] == 0, measured
    assert strangers[Kind.FILE] < 0.02 * all_strangers, measured
    assert strangers[Kind.DIRECTORY] < 0.10 * all_strangers, measured
    assert places[1] > places[2] > places[3] > places[4] > 0, measured
    assert 0.5 < places[1] / places.total() < 0.8, measured


def test_the_prior_is_worth_several_bits() -> None:
    """Among two hundred other commits, of which many more than usual are near the stack."""
    bits = [
        log2(prior.weights[log.named])
        for log in correct()
        for prior in [weigh({log.named: log.paths, **others(log)}, stack=stack_files(log.report))]
    ]
    assert sum(bits) / len(bits) > 4
    assert min(bits) > -5
