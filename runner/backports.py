"""Old kernels are built with later commits on top that they do not build, or boot, without."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from runner.errors import BuildFailed
from runner.git import Mirror, graft
from runner.rules import Backport
from runner.values import Sha

EARLIER = timedelta(days=365)
"""A fix may stand in a tree under its title for so long before it got its last date."""


def backported(
    mirror: Mirror, sha: Sha, backports: Sequence[Backport]
) -> tuple[Sha, tuple[str, ...]]:
    """The commit to build in place of `sha`, and notes for a person.

    `BuildFailed` when a backport that the commit needs does not apply to it.
    """
    there = [rule for rule in backports if mirror.has(rule.fix)]
    needed = _lacking(mirror, sha, [rule for rule in there if _is_guilty(mirror, sha, rule)])
    missing = [rule for rule in backports if rule not in there]
    notes = [f"no backport of {rule.title!r}: the repository lacks it" for rule in missing]
    if not needed:
        return sha, tuple(notes)
    made = graft(mirror, sha, pick=[rule.fix for rule in needed])
    if made is None:
        titles = ", ".join(repr(rule.title) for rule in needed)
        raise BuildFailed(f"needs backports that do not apply to it: {titles}")
    return made, (*notes, *(f"backport of {rule.title!r}" for rule in needed))


def _is_guilty(mirror: Mirror, sha: Sha, rule: Backport) -> bool:
    if rule.guilty is None:
        return True
    return mirror.has(rule.guilty) and mirror.contains(rule.guilty, sha)


def _lacking(mirror: Mirror, sha: Sha, rules: Collection[Backport]) -> Sequence[Backport]:
    """Those whose fix is not in the history already, be it under another name."""
    if not rules:
        return []
    oldest = min(mirror.commit(rule.fix).date for rule in rules)
    known = mirror.titles(sha, [rule.title for rule in rules], oldest - EARLIER)
    return [rule for rule in rules if rule.title not in known]
