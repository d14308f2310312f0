"""The report that says most of a crash: its own, or that of a run which shows where it was."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from bisectweb.models import Crash, Run
from bisectweb.weblinks import WebTree, web_tree
from runner.console.guilty import Guilty, guilty
from runner.symbols.report import is_symbolized


@dataclass(frozen=True, slots=True)
class Report:
    """A report and where its files are on the web."""

    text: str
    web: WebTree | None

    @property
    def guilty(self) -> Guilty | None:
        return guilty(self.text)

    @property
    def guilty_file(self) -> str:
        """Empty when the report names no file."""
        return found.file if (found := self.guilty) else ""


def best_text(crash: Crash) -> str:
    """Of the best report."""
    if is_symbolized(crash.report):
        return crash.report
    text = _of_runs(crash).values_list("report", flat=True).first()
    return text if text and is_symbolized(text) else crash.report


def best_report(crash: Crash) -> Report:
    """The crash's own report if its frames have places or no run's have."""
    run = _placed(crash)
    return Report(run.report, run.revision.web()) if run else Report(crash.report, web_of(crash))


def _placed(crash: Crash) -> Run | None:
    """The first run whose report has places, where the crash's own has none."""
    if is_symbolized(crash.report):
        return None
    run = _with_web(_of_runs(crash)).first()
    return run if run is not None and is_symbolized(run.report) else None


def _of_runs(crash: Crash) -> QuerySet[Run]:
    """The runs that showed it with a report that nothing was missing for, the first one first."""
    runs = Run.objects.filter(revision__bisection__crash=crash, outcome=Run.Outcome.CRASH)
    return runs.exclude(report="").filter(note="").order_by("pk")


def _with_web(runs: QuerySet[Run]) -> QuerySet[Run]:
    """With no more than a report and its links need; configs are a megabyte each, perhaps."""
    tree = "revision__bisection__bug__tree"
    return runs.select_related(f"{tree}__upstream").only(
        *("report", "revision__sha", "revision__role", "revision__bisection__in_upstream"),
        *("revision__bisection__bug__tree_id", f"{tree}__web_url", f"{tree}__upstream__web_url"),
    )


def web_of(crash: Crash) -> WebTree | None:
    """The files of the commit that the crash was reported for, once its full name is known."""
    return web_tree(crash.bug.tree.web_url, full_name(crash))


def full_name(crash: Crash) -> str:
    """Of the commit that crashes, once a bisection found it out; else what was given."""
    commit = crash.commit
    for bisection in crash.bug.bisections.all():
        if bisection.crash_id != crash.pk:
            continue
        asked, found = (
            (bisection.asked_good, bisection.good)
            if bisection.is_fix
            else (bisection.asked_bad, bisection.bad)
        )
        if asked == crash.commit and found:
            commit = found
    return commit
