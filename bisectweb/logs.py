"""A bisection's log, put together from its rows: complete up to now, never doubled."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from bisectweb.models import Bisection, Revision
from runner.log import ours, render_entries
from runner.log.entries import Totals
from runner.log.words import Result
from runner.values import Outcome

CRASH = "\ncrash: "
"""In front of the report of the culprit's crash, in logs of all ages."""


def bisection_log(bisection: Bisection) -> str:
    """The log in the grammar of syzbot's; an imported one as it came, bytes that are no text as
    U+FFFD.
    """
    if bisection.imported:
        return bisection.imported_log.content.decode("utf-8", "replace")
    revisions = bisection.revisions.select_related("kernel").prefetch_related("runs")
    revisions = revisions.defer("config", "completed_config")  # large, and no part of the log
    rate = _crash_rate(bisection, revisions)
    return "".join(_text(part, rate) for part in _parts(bisection, revisions))


def log_end(bisection: Bisection, revisions: Iterable[Revision], count: int) -> list[str]:
    """The last lines of the log, from revisions with their kernels and runs, as far as needed; but
    not the crash report at its end, which says nothing of the search.
    """
    rate = _crash_rate(bisection, revisions)
    end = ""
    for part in reversed(_parts(bisection, revisions)):
        end = without_report(_text(part, rate)) + end
        if end.count("\n") > count:
            break
    return end.splitlines()[-count:]


def without_report(log: str) -> str:
    """As far as the report of the culprit's crash."""
    return log.partition(CRASH)[0]


def _parts(bisection: Bisection, revisions: Iterable[Revision]) -> list[str | Revision]:
    before = [one for one in revisions if not one.is_for_verification]
    after = [one for one in revisions if one.is_for_verification]
    return [bisection.log_head, *before, bisection.log_found, *after, bisection.log_tail]


def _text(part: str | Revision, crash_rate: float | None) -> str:
    if isinstance(part, str):
        return part
    return part.preamble + revision_log(part, crash_rate) + part.conclusion


def revision_log(revision: Revision, crash_rate: float | None) -> str:
    tested = ours.Block(
        sha=revision.sha,
        asked=revision.bisection.bug.tree.compiler,
        compiler=revision.kernel.compiler if revision.kernel else "",
        signature=revision.kernel.signature if revision.kernel else "",
        failure=revision.build_error.partition("\n")[0],
        runs=[Result.read(run.words) for run in revision.runs.all()],
        crash_rate=crash_rate,
    )
    return render_entries((*ours.block(tested), *(ours.dropped() if revision.is_dropped else ())))


def _crash_rate(bisection: Bisection, revisions: Iterable[Revision]) -> float | None:
    """How often the bug showed where it was reported; None where the runs are weighed instead."""
    if bisection.is_bayes:
        return None
    for revision in revisions:
        if revision.sha == bisection.bad and revision.is_evidence:
            return ours.crash_rate([Outcome(run.outcome) for run in revision.runs.all()])
    return None


def cost(bisection: Bisection) -> Totals:
    """What it cost up to now."""
    own = Q(taken_from=None) | Q(test_seconds__gt=0)
    revisions = list(bisection.revisions.filter(own).exclude(built=None))
    since = bisection.started or bisection.created
    return ours.totals(
        revisions=len(revisions),
        total=((bisection.ended or timezone.now()) - since).total_seconds(),
        build=sum(revision.build_seconds for revision in revisions),
        test=sum(revision.test_seconds for revision in revisions),
    )
