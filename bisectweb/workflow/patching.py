"""Patch tests: asked for by mail, built and run as a revision is, answered with one mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, F, When
from django.utils import timezone

from bisectweb import queue
from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Event,
    PatchRun,
    PatchTest,
    Received,
    Revision,
    Run,
    Tree,
)
from bisectweb.outbound import patch_mails
from bisectweb.outbound.unwanted import unwanted
from bisectweb.workflow.attempts import Fate
from bisectweb.workflow.running import Runs, Work, says_enough, scratch
from runner.errors import InputError
from runner.lab import Lab
from runner.quiet import Shown
from runner.values import Outcome

Result = PatchTest.Result


def ask_for_patch_test(
    crash: Crash,
    *,
    tree: Tree,
    asked: str,
    patch: str,
    asked_by: str,
    others: Sequence[str] = (),
    received: Received | None = None,
    by: User | None = None,
) -> PatchTest:
    """A patch test that waits for a worker: the crash's reproducer on `asked` of the tree.

    `others` are the addresses that get the answer besides `asked_by`.
    """
    if missing := crash.missing:
        raise InputError(f"nothing can be run for this bug: it lacks {', '.join(missing)}")
    shown = _shown(crash)
    with transaction.atomic():
        test = PatchTest.objects.create(
            bug=crash.bug,
            crash=crash,
            tree=tree,
            asked=asked,
            patch=patch,
            title=_title(crash),
            known_crashes=shown.crashes,
            known_runs=shown.runs,
            runs_wanted=shown.runs_needed(),
            asked_by=asked_by,
            others=[*others],
            received=received,
            created_by=by,
        )
        Event.objects.create(bug=crash.bug, actor=by, text=f"started patch test {test.pk}: {test}")
        queue.wake_patch_test(test.pk)
    return test


def _title(crash: Crash) -> str:
    """What the bug crashes with, by whoever said it or the newest search that knows."""
    known = crash.bisections.exclude(title="").order_by("-created").values_list("title", flat=True)
    return crash.title or known.first() or ""


def _shown(crash: Crash) -> Shown:
    """How often our own runs showed the bug on the commit that it was reported for."""
    start = Case(
        When(revision__bisection__kind=Bisection.Kind.FIX, then=F("revision__bisection__good")),
        default=F("revision__bisection__bad"),
    )
    runs = Run.objects.filter(
        revision__bisection__crash=crash,
        revision__bisection__imported=False,
        revision__role=Revision.Role.SEARCH,
        revision__sha=start,
        taken_from=None,
    )
    crashes = runs.filter(outcome=Outcome.CRASH).count()
    return Shown(crashes, crashes + runs.filter(outcome=Outcome.OK).count())


def test_patch(test: PatchTest, token: str, lab: Lab, slot: int) -> None:
    """Leaves the patch test done and its answer in the outbox, in one transaction."""
    work = Work(test, token, lab, lambda activity: _say(test, activity))
    with scratch(slot) as folder:
        _make_commit(test, work)
        apart = bool(test.patch)
        kernel = work.build(test.sha, folder / "build.log", apart=apart)
        began = monotonic()
        if kernel is not None:
            work.run(test.sha, kernel, _runs(test), folder)
    outcomes = [Outcome(run.outcome) for run in test.runs.all()]
    result = judged(outcomes) if kernel else Result.UNBUILT
    seconds = test.test_seconds + monotonic() - began
    _finish(test, token, result, test_seconds=seconds)


def _make_commit(test: PatchTest, work: Work) -> None:
    with work.fenced():
        _say(test, f"fetching {test.tree}")
    base = work.lab.resolve(test.asked)
    sha = work.lab.patched(base, test.patch) if test.patch else base
    subject = work.lab.commit(base).subject[:500]
    with work.fenced(base=base, sha=sha, subject=subject):
        test.base, test.sha, test.subject = base, sha, subject


def _runs(test: PatchTest) -> Runs:
    return Runs(
        bug=test.looked_for(),
        new=lambda index: PatchRun(patch_test=test, index=index),
        done={run.index: Outcome(run.outcome) for run in test.runs.all()},
        is_over=says_enough,
        of="up to ",
    )


def judged(outcomes: Sequence[Outcome]) -> Result:
    """What the runs of a kernel say, once there are no more to come."""
    if Outcome.CRASH in outcomes:
        return Result.CRASHED
    if Outcome.OTHER_CRASH in outcomes:
        return Result.OTHER_CRASH
    return Result.QUIET if Outcome.OK in outcomes else Result.MUTE


def _say(test: PatchTest, activity: str) -> None:
    test.rows().update(activity=activity, reason="")


def fate_of(test: PatchTest, token: str) -> Fate:
    """What becomes of it when its work goes wrong."""
    return Fate(
        bug=test.bug,
        trouble=test.reason,
        refuse=lambda reason: _finish(test, token, Result.REFUSED, reason=reason),
        give_up=lambda reason: _finish(test, token, Result.FAILED, reason=reason),
        wait=lambda reason, activity: test.rows().update(reason=reason, activity=activity),
    )


def _finish(test: PatchTest, token: str, result: Result, **changes: object) -> None:
    """Write down what came of it, and answer, unless somebody else has it by now."""
    with transaction.atomic():
        if test.give_back(token, result=result, **_ended(), **changes):
            _tell(test, None)


def _ended() -> Mapping[str, object]:
    return {"state": PatchTest.State.DONE, "ended": timezone.now(), "activity": ""}


def lock_patch_tests(bug: Bug) -> None:
    """Those that have not ended. Whoever ends one has its row before that of the bug."""
    rows = bug.patch_tests.filter(PatchTest.claimable()).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def stop_patch_tests(bug: Bug, by: User | None, why: str) -> int:
    """Stop those of a bug that have not ended: how many. Who asked is told why, once.

    Runs that were written down stay; build or VM dies at the next heartbeat.
    """
    nobody = {"lease": "", "lease_until": None}
    stopped = 0
    with transaction.atomic():
        for test in bug.patch_tests.filter(PatchTest.claimable()).order_by("pk"):
            wanted = {"runs_wanted": test.runs.count(), "result": Result.STOPPED, "reason": why}
            rows = test.rows().filter(PatchTest.claimable())
            if rows.update(**nobody, **wanted, **_ended()):
                _tell(test, by)
                stopped += 1
    return stopped


def _tell(test: PatchTest, by: User | None) -> None:
    """The audit trail, and who asked, of what came of it."""
    test.refresh_from_db()
    text = f"patch test {test.pk}: {test.get_result_display()}"
    text += f": {test.reason}" if test.reason else ""
    Event.objects.create(bug=test.bug, actor=by, text=text[:1000])
    if test.asked_by not in unwanted(test.bug):
        _answer(test)


def _answer(test: PatchTest) -> None:
    message = patch_mails.patch_tested(test)
    message.save()
    test.rows().update(message=message)
    queue.wake_message(message.pk)
