"""What syzkaller's rules of today say of the runs that a log of any age recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.console.similarity import CATCH_ALLS
from runner.log import Log
from runner.score.steps import Step, tested
from runner.search import Verdict
from runner.search.tally import Tally
from runner.values import Sha

SELDOM = 0.5
"""A crash rate below this makes the bug a flaky one, for good."""


@dataclass(frozen=True, slots=True)
class Change:
    """A revision that would be taken for something else today."""

    sha: Sha
    release: str
    """Its name, where it was tested as a release."""
    then: Verdict
    now: Verdict
    """Bad is a revision that crashes, also of a fix."""


def today(log: Log) -> Sequence[Change]:
    """The revisions whose verdict changes, in their order; what comes after the first is moot.

    Any crash counts as the bug but for lost connections and the like that the start commit did not
    show. One crash alone says nothing, nor does silence of fewer than half of the runs.
    """
    found = tested(log)
    start = [found.start] if found.start else []
    expected = frozenset(title for step in start for title in step.crashes)
    flaky, changes = False, []
    for step in (*start, *found.steps):
        tally = _tally(step, expected)
        crashes = tally.crashes(flaky)
        flaky = flaky or (crashes is True and tally.ratio < SELDOM)
        then, now = _verdict(step.crashing), _verdict(crashes)
        if then is not now:
            changes.append(Change(step.sha, step.release, then, now))
    return changes


def _tally(step: Step, expected: frozenset[str]) -> Tally:
    ignored = sum(
        count
        for title, count in step.crashes.items()
        if CATCH_ALLS.match(title) and title not in expected
    )
    return Tally(step.quiet, like=step.crashed - ignored, other=0, silent=step.mute + ignored)


def _verdict(crashing: bool | None) -> Verdict:
    if crashing is None:
        return Verdict.SKIP
    return Verdict.BAD if crashing else Verdict.GOOD
