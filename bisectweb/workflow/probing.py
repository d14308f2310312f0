"""Test one revision: build it, run what runs it lacks, write each down as it ends."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from bisectweb import queue
from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Crash, Kernel, Revision, Run
from bisectweb.workflow import minimising
from runner import values, verdicts
from runner.console.similarity import similarity
from runner.errors import BuildFailed
from runner.lab import Lab
from runner.search.findings import HOPELESS, TELLING
from runner.values import Boot, Outcome


def test_revision(revision: Revision, token: str, lab: Lab, slot: int) -> None:
    """Leaves the revision done, and its bisection woken, in one transaction."""
    with _scratch(slot) as folder:
        kernel = _build(revision, token, lab, folder / "build.log")
        began = monotonic()
        if kernel is not None:
            _run(revision, token, lab, kernel, folder)
    with _fenced(revision, token):
        changes = {
            "state": Revision.State.DONE,
            "ended": timezone.now(),
            "test_seconds": revision.test_seconds + monotonic() - began,
            "attempts": 0,
        }
        _adopt_crash(revision)
        revision.give_back(token, **changes)
        if not _has_company(revision):
            _say(revision, "")
        queue.wake_bisection(revision.bisection_id)


@contextmanager
def _scratch(slot: int) -> Iterator[Path]:
    """An empty folder for logs until they are stored, with what a killed worker left gone.

    It lies below our data: /tmp may be small, or memory.
    """
    folder = settings.DATA / "lab" / "scratch" / f"slot-{slot}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _fenced(revision: Revision, token: str, **changes: Any) -> Iterator[None]:
    """A transaction that only the holder of the lease can commit."""
    with transaction.atomic():
        if not revision.rows().filter(lease=token).update(lease=token, **changes):
            raise LeaseLost
        yield


def _say(revision: Revision, activity: str) -> None:
    Bisection.objects.filter(Bisection.claimable(), pk=revision.bisection_id).update(
        activity=activity, activity_since=timezone.now(), reason=""
    )


def _has_company(revision: Revision) -> bool:
    """Whether the activity that people read is, or soon will be, another revision's."""
    others = Revision.objects.filter(bisection=revision.bisection_id).exclude(pk=revision.pk)
    return others.exclude(state=Revision.State.DONE).exists()


def _build(revision: Revision, token: str, lab: Lab, log: Path) -> values.Kernel | None:
    """The kernel, or None when the commit does not build: both are written down."""
    with _fenced(
        revision,
        token,
        state=Revision.State.BUILDING,
        started=revision.started or timezone.now(),
    ):
        _say(revision, f"building {revision.sha[:12]}")
    began = monotonic()
    try:
        kernel = lab.build(revision.sha, log)
    except BuildFailed as error:
        _store_log(revision, log)
        with _fenced(
            revision,
            token,
            built=False,
            build_error=f"{error.reason}\n{error.excerpt}".strip(),
            build_seconds=monotonic() - began,
            build_log=revision.build_log.name,
        ):
            return None
    _store_log(revision, log)
    with _fenced(
        revision,
        token,
        state=Revision.State.RUNNING,
        built=True,
        kernel=_kernel_row(kernel),
        build_cached=kernel.cached and not revision.build_seconds,
        build_seconds=revision.build_seconds or kernel.seconds,
        build_log=revision.build_log.name,
        **({"completed_config": kernel.config} if revision.role == Revision.Role.CONFIG else {}),
    ):
        _say(revision, f"booting {revision.sha[:12]}")
        return kernel


def _store_log(revision: Revision, log: Path) -> None:
    if log.exists() and not revision.build_log:
        with log.open("rb") as file:
            revision.build_log.save("build.log", File(file), save=False)


def _kernel_row(kernel: values.Kernel) -> Kernel:
    row, _ = Kernel.objects.get_or_create(
        key=kernel.key,
        defaults={
            "compiler": kernel.compiler,
            "signature": kernel.signature,
            "seconds": kernel.seconds,
        },
    )
    return row


def _run(revision: Revision, token: str, lab: Lab, kernel: values.Kernel, folder: Path) -> None:
    """Do the runs that are not written down yet. A worker before us may have done some.

    They come as they began. A batch of the probabilistic search ends at its first crash, one of
    another config when more runs could not matter: what still runs then is stopped, and what was
    done is what was wanted.
    """
    bug = revision.bisection.looked_for()
    done = {run.index: Outcome(run.outcome) for run in revision.runs.all()}
    missing = [index for index in range(revision.runs_wanted) if index not in done]
    consoles = {index: folder / f"console-{index}.log" for index in missing}
    if not missing:
        return
    with closing(lab.boots(kernel, consoles)) as boots:
        for index, boot in zip(missing, boots, strict=False):
            done[index] = verdicts.outcome(boot, bug)
            is_over = _is_over(revision, done[index], list(done.values()))
            wanted = len(done) if is_over else revision.runs_wanted
            with boot.console.open("rb") as console, _fenced(revision, token, runs_wanted=wanted):
                _record(revision, index, boot, File(console, name=f"console-{index}.log"))
                of = "up to " if _may_end_early(revision) and not is_over else ""
                _say(revision, f"run {len(done)} of {of}{wanted} of {revision.sha[:12]}")
            boot.console.unlink()
            if is_over:
                return


def _may_end_early(revision: Revision) -> bool:
    return revision.bisection.is_bayes or revision.role == Revision.Role.CONFIG


def _is_over(revision: Revision, last: Outcome, all_of_them: Sequence[Outcome]) -> bool:
    if revision.role == Revision.Role.CONFIG:
        return never_boots(all_of_them) or minimising.is_over(revision, all_of_them)
    return revision.bisection.is_bayes and says_enough(last, all_of_them)


def says_enough(last: Outcome, all_of_them: Sequence[Outcome]) -> bool:
    """Whether a batch of the probabilistic search need not go on: a crash is what it waited for,
    and a kernel that never boots will not begin to.
    """
    return last == Outcome.CRASH or never_boots(all_of_them)


def never_boots(all_of_them: Sequence[Outcome]) -> bool:
    never_told = not any(outcome in TELLING for outcome in all_of_them)
    return never_told and all_of_them.count(Outcome.BOOT_FAILED) >= HOPELESS


def _record(revision: Revision, index: int, boot: Boot, console: File[bytes]) -> None:
    bug = revision.bisection.looked_for()
    run = Run(
        revision=revision,
        index=index,
        outcome=verdicts.outcome(boot, bug),
        words=verdicts.words(boot, bug)[:400],
        similarity=verdicts.likeness(boot, bug),
        **_shown(boot.crash),
        seconds=boot.seconds,
    )
    run.console.save(f"console-{index}.log", console, save=False)
    run.save(force_insert=True)


def _shown(crash: values.Crash | None) -> dict[str, Any]:
    """A run's fields for what it crashed with."""
    if crash is None:
        return {}
    return {
        "title": crash.title[:300],
        "alt_titles": [*crash.alt_titles],
        "type": crash.type[:60],
        "report": crash.report,
        "crash_start": crash.start,
        "crash_end": crash.end,
        "note": crash.note[:300],
    }


def _adopt_crash(revision: Revision) -> None:
    """What nobody said of the crash is what the first revision that crashed shows most often."""
    bisection, crash = revision.bisection, revision.bisection.crash
    if bisection.title and crash.report:
        return
    crashed = revision.runs.filter(outcome=Run.Outcome.CRASH)
    titles = Counter(crashed.values_list("title", flat=True)).most_common(1)
    if not titles:
        return
    title = titles[0][0]
    if not bisection.title:
        _compare(crashed, title)
        Bisection.objects.filter(pk=bisection.pk).update(title=title)
    if not crash.report:
        shown = crashed.filter(title=title).first()
        Crash.objects.filter(pk=crash.pk).update(report=shown.report if shown else "")


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
