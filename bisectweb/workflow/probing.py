"""Test one revision: build it, run what runs it lacks, write each down as it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from time import monotonic

from django.utils import timezone

from bisectweb import queue
from bisectweb.models import Bisection, Crash, Revision, Run
from bisectweb.summaries import summarise
from bisectweb.workflow import minimising
from bisectweb.workflow.running import Runs, Work, never_boots, says_enough, scratch
from runner import values
from runner.console.similarity import similarity
from runner.lab import Lab
from runner.symbols.report import is_symbolized
from runner.values import Boot, Outcome


def test_revision(revision: Revision, token: str, lab: Lab, slot: int) -> None:
    """Leaves the revision done, and its bisection woken, in one transaction."""
    work = Work(revision, token, lab, lambda activity: _say(revision, activity))
    with scratch(slot) as folder:
        kernel = work.build(revision.sha, folder / "build.log")
        if kernel and revision.role == Revision.Role.CONFIG:
            with work.fenced(completed_config=kernel.config):
                pass
        began = monotonic()
        if kernel is not None:
            work.run(revision.sha, kernel, _runs(revision), folder)
    with work.fenced():
        changes = {
            "state": Revision.State.DONE,
            "ended": timezone.now(),
            "test_seconds": revision.test_seconds + monotonic() - began,
            "attempts": 0,
        }
        adopted = _adopt_crash(revision)
        revision.give_back(token, **changes)
        if not _has_company(revision):
            _say(revision, "")
        queue.wake_bisection(revision.bisection_id)
        if adopted:
            summarise(revision.bisection.bug_id)


def _say(revision: Revision, activity: str) -> None:
    Bisection.objects.filter(Bisection.claimable(), pk=revision.bisection_id).update(
        activity=activity, activity_since=timezone.now(), reason=""
    )


def _has_company(revision: Revision) -> bool:
    """Whether the activity that people read is, or soon will be, another revision's."""
    others = Revision.objects.filter(bisection=revision.bisection_id).exclude(pk=revision.pk)
    return others.exclude(state=Revision.State.DONE).exists()


def _runs(revision: Revision) -> Runs:
    """A batch of the probabilistic search ends at its first crash, one of another config when
    more runs could not matter.
    """
    return Runs(
        bug=revision.bisection.looked_for(),
        new=lambda index: Run(revision=revision, index=index),
        done={run.index: Outcome(run.outcome) for run in revision.runs.all()},
        is_over=lambda last, all_of_them: _is_over(revision, last, all_of_them),
        of="up to " if _may_end_early(revision) else "",
        recorded=lambda boot: _summarise(revision, boot),
    )


def _summarise(revision: Revision, boot: Boot) -> None:
    """A bug is found by the file that a crash points at."""
    if boot.crash and is_symbolized(boot.crash.report):
        summarise(revision.bisection.bug_id)


def _may_end_early(revision: Revision) -> bool:
    return revision.bisection.is_bayes or revision.role == Revision.Role.CONFIG


def _is_over(revision: Revision, last: Outcome, all_of_them: Sequence[Outcome]) -> bool:
    if revision.role == Revision.Role.CONFIG:
        return never_boots(all_of_them) or minimising.is_over(revision, all_of_them)
    return revision.bisection.is_bayes and says_enough(last, all_of_them)


def _adopt_crash(revision: Revision) -> bool:
    """What nobody said of the crash is what the first revision that crashed shows most often.

    Whether anything was said so.
    """
    bisection, crash = revision.bisection, revision.bisection.crash
    if bisection.title and crash.report:
        return False
    crashed = revision.runs.filter(outcome=Run.Outcome.CRASH)
    titles = Counter(crashed.values_list("title", flat=True)).most_common(1)
    if not titles:
        return False
    title = titles[0][0]
    if not bisection.title:
        _compare(crashed, title)
        Bisection.objects.filter(pk=bisection.pk).update(title=title)
    if not crash.report:
        shown = crashed.filter(title=title).first()
        Crash.objects.filter(pk=crash.pk).update(report=shown.report if shown else "")
    return True


def _compare(crashed: Iterable[Run], title: str) -> None:
    """What crashed before anybody knew the bug's title: how alike is it to the bug?"""
    bug = next(_crash(run) for run in crashed if run.title == title)
    for run in crashed:
        run.similarity = similarity(bug, _crash(run))
        if run.similarity < 1:
            run.outcome = Run.Outcome.OTHER_CRASH
        run.save(update_fields=["outcome", "similarity"])


def _crash(run: Run) -> values.Crash:
    return values.Crash(run.title, run.report, tuple(run.alt_titles), run.type)
