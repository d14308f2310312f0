"""The rules for a commit's age as lines of shell.

`run_script.sh` learns the age when it has the source, and calls `without`, `wants` and `backport`.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence

from runner.building.age import FIRST, Age
from runner.building.rules import Backport, CompilerRule, Family, Rules, Version

EVER = 10**17
"""Later than any age."""
PARTS = 3
"""Numbers of a version that are compared."""


def first() -> int:
    """The oldest age."""
    return number(FIRST)


def number(age: Age) -> int:
    """An age as the script compares it: later ones are larger."""
    candidate = 9999 if math.isinf(age.candidate) else int(age.candidate)
    return ((age.version * 10_000 + age.patchlevel) * 10_000 + age.sublevel) * 10_000 + candidate


def configs(rules: Rules) -> str:
    """Calls of `without`."""
    return "\n".join(_configs(rules))


def _configs(rules: Rules) -> Iterator[str]:
    for rule in rules.configs:
        before = number(rule.before) if rule.before else EVER
        yield from (f"without {before} {option}" for option in rule.off)
        yield from (f"without {before} {option} {other}" for option, other in rule.instead)


def compilers(rules: Rules, wanted: str) -> str:
    """Calls of `wants`, the oldest first; none for a compiler that somebody named exactly."""
    family = [rule for rule in rules.compilers if rule.family == wanted]
    held = sorted(family, key=lambda rule: _since(rule.since))
    return "\n".join(map(_wants, held)) if wanted in list(Family) else ""


def _since(age: Age | None) -> int:
    return number(age) if age else 0


def _wants(rule: CompilerRule) -> str:
    oldest, newest = _version(rule.oldest, 0), _version(rule.newest, 999)
    return f"wants {_since(rule.since)} {oldest} {newest} {shlex.quote(str(rule))}"


def _version(version: Version, missing: int) -> int:
    """In a rule 12 is all of 12, as its oldest or its newest."""
    major, minor, patch = (*version, *[missing] * PARTS)[:PARTS]
    return (major * 1000 + minor) * 1000 + patch


def backports(rules: Rules) -> str:
    """Calls of `backport`."""
    return "\n".join(map(_backport, rules.backports))


def _backport(rule: Backport) -> str:
    before = number(rule.before) if rule.before else EVER
    words: Sequence[object] = _since(rule.since), before, rule.fix, rule.title, rule.guilty or ""
    return "backport " + " ".join(shlex.quote(str(word)) for word in words)
