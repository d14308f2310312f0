"""Builds and boots a row's commit, and writes down what comes of it as it comes.

Whoever loses the lease on the row can write nothing more; whoever has it next goes on where the
rows end.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from bisectweb.holding import LeaseLost
from bisectweb.models import Kernel
from bisectweb.models.tested import Booted, Tested, build_log_name
from runner import values, verdicts
from runner.errors import BuildFailed
from runner.lab import Lab
from runner.search.findings import HOPELESS, TELLING
from runner.values import Boot, Outcome


@contextmanager
def scratch(slot: int) -> Iterator[Path]:
    """An empty folder for logs until they are stored, with what a killed worker left gone.

    It lies below our data: /tmp may be small, or memory.
    """
    folder = settings.DATA / "lab" / "scratch" / f"slot-{slot}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Finished(File):  # type: ignore[type-arg]  # takes none at run time
    """A file that nobody writes to any more. Our storage takes it itself instead of a copy: at
    once, whole or not at all, and without room for a second one.
    """

    def temporary_file_path(self) -> str:
        return str(self.name)


@dataclass(frozen=True, slots=True)
class Runs:
    """What is to be run on a kernel."""

    bug: values.Crash
    new: Callable[[int], Booted]
    """A run of that number, not yet saved."""
    done: Mapping[int, Outcome]
    """Those that are written down already, by number."""
    is_over: Callable[[Outcome, Sequence[Outcome]], bool]
    """Whether the rest need not be done, by the last one and all."""
    of: str = ""
    """Words before how many are wanted: `up to `."""
    recorded: Callable[[Boot], None] = lambda boot: None
    """Called when a run was written down, at the end of its transaction."""


@dataclass(frozen=True, slots=True)
class Work:
    """A row in the hands of a worker."""

    row: Tested
    token: str
    lab: Lab
    say: Callable[[str], None]
    """Tells people what is being done."""

    @contextmanager
    def fenced(self, **changes: Any) -> Iterator[None]:
        """A transaction that only the holder of the lease can commit."""
        with transaction.atomic():
            self.row.line_up()
            if not self.row.rows().filter(lease=self.token).update(lease=self.token, **changes):
                raise LeaseLost
            yield

    def build(self, sha: str, log: Path, *, apart: bool = False) -> values.Kernel | None:
        """The kernel, or None when the commit does not build: both are written down."""
        row = self.row
        started = row.started or timezone.now()
        with self.fenced(state=row.State.BUILDING, started=started):
            self.say(f"building {sha[:12]}")
        began = monotonic()
        try:
            kernel = self.lab.build(sha, log, apart=apart)
        except BuildFailed as error:
            self._store_log(log)
            with self.fenced(
                built=False,
                build_error=f"{error.reason}\n{error.excerpt}".strip(),
                build_seconds=monotonic() - began,
                build_log=row.build_log.name,
            ):
                return None
        self._store_log(log)
        with self.fenced(
            state=row.State.RUNNING,
            built=True,
            kernel=_kernel_row(kernel),
            build_cached=kernel.cached and not row.build_seconds,
            build_seconds=row.build_seconds or kernel.seconds,
            build_log=row.build_log.name,
        ):
            self.say(f"booting {sha[:12]}")
            return kernel

    def _store_log(self, log: Path) -> None:
        """That of a kernel that was built for this row: a kernel of the cache has none. Who was
        killed before it was written down may have stored it already.
        """
        kept = self.row.build_log
        name = build_log_name(self.row, "build.log")
        if kept:
            return
        if log.exists():
            with log.open("rb") as file:
                kept.save("build.log", Finished(file), save=False)
        elif kept.storage.exists(name):
            kept.name = name

    def run(self, sha: str, kernel: values.Kernel, runs: Runs, folder: Path) -> None:
        """Do the runs that are not written down yet. A worker before us may have done some.

        They come as they began. When they are over early, what still runs then is stopped, and
        what was done is what was wanted.
        """
        done = dict(runs.done)
        missing = [index for index in range(self.row.runs_wanted) if index not in done]
        consoles = {index: folder / f"console-{index}.log" for index in missing}
        if not missing:
            return
        with closing(self.lab.boots(kernel, consoles)) as boots:
            for index, boot in zip(missing, boots, strict=False):
                done[index] = verdicts.outcome(boot, runs.bug)
                is_over = runs.is_over(done[index], list(done.values()))
                wanted = len(done) if is_over else self.row.runs_wanted
                with boot.console.open("rb") as console, self.fenced(runs_wanted=wanted):
                    _record(runs.new(index), boot, runs.bug, Finished(console))
                    of = runs.of if not is_over else ""
                    self.say(f"run {len(done)} of {of}{wanted} of {sha[:12]}")
                    runs.recorded(boot)
                boot.console.unlink(missing_ok=True)
                if is_over:
                    return


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


def _record(run: Booted, boot: Boot, bug: values.Crash, console: Finished) -> None:
    run.outcome = verdicts.outcome(boot, bug)
    run.words = verdicts.words(boot, bug)[:400]
    run.similarity = verdicts.likeness(boot, bug)
    run.seconds = boot.seconds
    if boot.crash:
        _show(run, boot.crash)
    run.console.save(f"console-{run.index}.log", console, save=False)
    run.save(force_insert=True)


def _show(run: Booted, crash: values.Crash) -> None:
    run.title = crash.title[:300]
    run.alt_titles = [*crash.alt_titles]
    run.type = crash.type[:60]
    run.report = crash.report
    run.crash_start, run.crash_end = crash.start, crash.end
    run.note = crash.note[:300]


def says_enough(last: Outcome, all_of_them: Sequence[Outcome]) -> bool:
    """Whether runs need not go on: a crash is what they waited for, and a kernel that never boots
    will not begin to.
    """
    return last == Outcome.CRASH or never_boots(all_of_them)


def never_boots(all_of_them: Sequence[Outcome]) -> bool:
    never_told = not any(outcome in TELLING for outcome in all_of_them)
    return never_told and all_of_them.count(Outcome.BOOT_FAILED) >= HOPELESS
