"""Old kernels are built with later commits on top that they do not build, or boot, without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from runner.building.rules import Backport
from runner.errors import BuildFailed
from runner.git import Mirror, bare_title, graft
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
    guilty = [rule for rule in there if _is_guilty(mirror, sha, rule)]
    needed = [rule for rule in guilty if not _has_fix(mirror, sha, rule)]
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


def _has_fix(mirror: Mirror, sha: Sha, rule: Backport) -> bool:
    """Whether the fix is in the history already, be it as another commit of that title."""
    since = mirror.commit(rule.fix).date - EARLIER
    title = bare_title(rule.title)
    titled = mirror.subjects(sha, title, since)
    return any(bare_title(subject) == title for _, subject in titled)
