"""Where an imported search stood after each revision: told by its runs and the order of its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from bisectweb.imports.rows import read
from bisectweb.models import Bisection, ImportedLog, Revision, Standing
from bisectweb.workflow.standings import Look, standing_row
from bisectweb.workflow.weighing import evidence, seen
from runner.log import Log
from runner.search import Chain, Evidence, Told, Verdict, chain, standing_by_runs
from runner.values import Sha

BATCH = 100
NO_PLACE: Mapping[str, object] = {"place": None, "seen": [], "odds": 0.0, "words": ""}
"""Of a revision that nobody can put into the line, as it was skipped."""


def keep_standings(bisection: Bisection, log: Log) -> None:
    """Write a standing before any run, and one after each revision; none where no range is told."""
    tested = [one for one in seen(bisection) if one.built is not None]
    start = bisection.good if bisection.is_fix else bisection.bad
    known = chain(start, _told(tested, log), fix=bisection.is_fix)
    if known is None:
        return
    rows, told = list[Standing](), evidence(tested)
    for count in range(len(tested) + 1):
        row = standing_row(bisection, _look(known, told[:count], tested), rows)
        for one in tested[max(0, count - 1) : count]:
            row.moved = row.moved or [{"sha": one.sha, "verdict": one.verdict, **NO_PLACE}]
        row.suspects = [
            {**one, "sha": "" if one["sha"] in known.gaps else one["sha"]} for one in row.suspects
        ]
        rows.append(row)
    Standing.objects.bulk_create(rows)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far `keep_lacking` has come."""

    looked: int
    of: int
    kept: int
    """Those that have standings now; the logs of the others tell of no range."""


def keep_lacking(batch: int = BATCH) -> Iterator[Progress]:
    """Write the standings of imported bisections that have none, as those have that were imported
    before standings were kept. Says after each batch how far it is; whenever it is stopped, the
    next call goes on with what still lacks them.
    """
    lacking, last, looked, kept = _lacking(), 0, 0, 0
    of = lacking.count()
    while pks := list(lacking.filter(pk__gt=last).values_list("pk", flat=True)[:batch]):
        kept += sum(_keep(pk) for pk in pks)
        looked, last = looked + len(pks), pks[-1]
        yield Progress(looked, max(of, looked), kept)


def _lacking() -> QuerySet[ImportedLog]:
    any_of_it = Standing.objects.filter(bisection=OuterRef("bisection"))
    return ImportedLog.objects.filter(~Exists(any_of_it)).order_by("pk")


def _keep(log_pk: int) -> bool:
    with transaction.atomic():
        row = ImportedLog.objects.select_for_update(no_key=True).get(pk=log_pk)
        if not row.bisection.standings.exists():  # or another process was quicker
            keep_standings(row.bisection, read(row.content))
        return row.bisection.standings.exists()


def _told(tested: Sequence[Revision], log: Log) -> list[Told]:
    left = {step.choice.sha: step.left.revisions for step in log.git if step.choice and step.left}
    return [
        Told(one.sha, Verdict(one.verdict) if one.verdict else None, left.get(one.sha))
        for one in tested
    ]


def _look(known: Chain, told: Sequence[Evidence], tested: Sequence[Revision]) -> Look:
    """Evidence of what is not on the chain is left out by the search itself."""
    stand, weights = standing_by_runs(known.history, told, known.sizes)
    names = {one.sha: one.subject for one in tested} | {
        gap: _words(known.sizes[gap], *ends) for gap, ends in known.gaps.items()
    }
    return Look(stand, weights, {sha: names[sha] for sha, _ in stand.suspects})


def _words(size: float, older: Sha, newer: Sha) -> str:
    commits = f"{size:,.0f} commit{'s' * (size != 1)}"
    return f"{commits} between {older[:12]} and {newer[:12]}"
