"""From the names that people give to the two commits that a search lies between."""

from __future__ import annotations

from dataclasses import dataclass

from bisectweb.models import Bisection
from runner.errors import InputError
from runner.lab import Lab
from runner.values import Sha


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends of a range."""

    bad: Sha
    """The commit that crashes."""
    good: Sha
    """The one without the bug; empty where the search is to find one."""
    words: str
    """What was taken instead of what was asked for, a sentence on each line; empty if nothing."""


def find_bounds(bisection: Bisection, lab: Lab) -> Bounds:
    """Resolve what was asked for. `InputError` when it cannot be the ends of a range."""
    bad, moved = _crashing(bisection, lab)
    good = _without_the_bug(bisection, lab)
    if not good or good == bad:
        return Bounds(bad, good, moved)
    return _through_the_merge_base(Bounds(bad, good, moved), lab, fix=bisection.is_fix)


def _crashing(bisection: Bisection, lab: Lab) -> tuple[Sha, str]:
    """The commit that crashes, and how it was found if not by its name."""
    asked, crash = bisection.asked_bad, bisection.crash
    title = crash.commit_title if asked == crash.commit else ""
    try:
        sha = lab.resolve(asked)
    except InputError:
        if not title:
            raise
    else:
        if not title or not bisection.is_fix or _is_on_the_branch(bisection, lab, sha):
            return sha, ""
    found = lab.titled(title)
    return found, f"{asked} is no longer in the tree; {found} has its title: {title}"


def _without_the_bug(bisection: Bisection, lab: Lab) -> Sha:
    """The commit without the bug; for a fix the newest one if nobody named any."""
    newest = lab.upstream() if bisection.in_upstream else ""
    if bisection.asked_good:
        return lab.resolve(bisection.asked_good)
    if bisection.is_fix:
        return newest or lab.resolve(bisection.bug.tree.branch)
    return ""


def _is_on_the_branch(bisection: Bisection, lab: Lab, sha: Sha) -> bool:
    """Else it was rebased: the fix of the bug has another commit among its ancestors."""
    return lab.fork(sha, lab.resolve(bisection.bug.tree.branch)) == sha


def _through_the_merge_base(ends: Bounds, lab: Lab, *, fix: bool) -> Bounds:
    """As git does when the older end is no ancestor of the newer one: their merge base takes its
    place, and is tested like any revision.
    """
    older, newer = (ends.bad, ends.good) if fix else (ends.good, ends.bad)
    base = lab.fork(older, newer)
    if base in (older, newer):  # of the newer one the history says what is wrong
        return ends
    role = "crash" if fix else "be free of the bug"
    said = f"{older} is not in the history of {newer}; their merge base {base} must {role} instead"
    words = f"{ends.words}\n{said}".strip()
    return Bounds(base, ends.good, words) if fix else Bounds(ends.bad, base, words)
