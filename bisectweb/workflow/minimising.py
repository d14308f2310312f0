"""A smaller kernel config before the search: what is tested on the start commit, and what for.

Each test is a revision with the role `config`; what was tried stands in those rows alone, and
`runner.minimise` says from it what to try next. At the end the revision whose config was best
becomes the search's own: what the others showed is about other kernels than those to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bisectweb import queue
from bisectweb.models import Bisection, Revision
from bisectweb.workflow.turns import end_turn
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.minimise import (
    MAX_TESTS,
    ORIGINAL_RUNS,
    Counts,
    Minimised,
    Tried,
    Try,
    is_settled,
    is_worthwhile,
    next_config,
    parse,
    reproduces,
    runs_for,
)
from runner.values import Outcome

ORIGINAL = 0
"""The variant that has the config as given."""
WHY_ORIGINAL = "does the bug show with the config as given?"


def minimise_next(bisection: Bisection, token: str, lab: Lab) -> bool:
    """Do the next thing for a smaller config; False when it is the search's turn."""
    if not is_minimising(bisection):
        return False
    revisions = list(tests(bisection).select_related("kernel").prefetch_related("runs"))
    if any(not revision.is_done for revision in revisions):
        end_turn(bisection, token, revisions, attempts=0)
        return True
    if not revisions:
        original = Try(config="", words="as given", told="")
        _ask(bisection, token, lab, original, WHY_ORIGINAL, ORIGINAL_RUNS)
        return True
    step = _next(bisection, revisions)
    if isinstance(step, Try):
        why = f"does the bug show {step.words}?"
        with transaction.atomic():
            _ask(bisection, token, lab, step, why, runs_for(counts(revisions[ORIGINAL])))
            _note_verdicts(revisions)
    else:
        _begin_search(bisection, token, revisions, step)
    return True


def ask_again(bisection: Bisection) -> None:
    """Let the latest test run as often as it was to: it was dropped when the bisection ended."""
    last = tests(bisection).last()
    if last is None or not is_minimising(bisection):
        return
    original = tests(bisection).get(variant=ORIGINAL)
    wanted = ORIGINAL_RUNS if last.variant == ORIGINAL else runs_for(counts(original))
    tests(bisection).filter(pk=last.pk).update(
        state=Revision.State.WAITING, runs_wanted=max(wanted, last.runs.count())
    )
    queue.wake_revision(last.pk)


def is_minimising(bisection: Bisection) -> bool:
    """Whether a smaller config is wanted, worth its tests, and not settled yet."""
    if not bisection.minimise or bisection.revisions.filter(role=Revision.Role.SEARCH).exists():
        return False
    full, base = parse(bisection.plan().config), parse(bisection.base_config)
    return is_worthwhile(full, base)


def tests(bisection: Bisection) -> QuerySet[Revision]:
    """What was tested for the config, in order, but for the one that the search took over."""
    return bisection.revisions.filter(role=Revision.Role.CONFIG).order_by("variant")


def is_over(revision: Revision, outcomes: Sequence[Outcome]) -> bool:
    """Whether the runs of a config's test are enough, though more were wanted."""
    mine = Counts(sum(outcome == Outcome.CRASH for outcome in outcomes), len(outcomes))
    original = None
    if revision.variant != ORIGINAL:
        original = counts(tests(revision.bisection).get(variant=ORIGINAL))
    return is_settled(mine, revision.runs_wanted, original)


def counts(revision: Revision) -> Counts:
    outcomes = [run.outcome for run in revision.runs.all()]
    return Counts(outcomes.count(Outcome.CRASH), len(outcomes))


def _next(bisection: Bisection, revisions: Sequence[Revision]) -> Try | Minimised | None:
    """What to try, how it ended, or None if the bug did not show with the config as given."""
    original, *others = revisions
    if not counts(original).crashes:
        return None
    tried = [Tried(_reproduces(one, original), _completed(one)) for one in others]
    return next_config(_completed(original), bisection.base_config, bisection.title, tried)


def _completed(revision: Revision) -> str:
    return revision.completed_config or revision.plan().config


def _reproduces(revision: Revision, original: Revision) -> bool:
    return reproduces(counts(revision), counts(original))


def _note_verdicts(revisions: Sequence[Revision]) -> None:
    """What people read of each test: the log's line after it, and its badge."""
    original = revisions[0]
    for revision in revisions:
        seen = counts(revision)
        if revision.variant == ORIGINAL:
            shows = bool(seen.crashes)
        else:
            shows = _reproduces(revision, original)
        verdict = Revision.Verdict.BAD if shows else Revision.Verdict.GOOD
        revision.verdict = verdict if revision.built else Revision.Verdict.SKIP
        said = ours.config_tested(seen.crashes, seen.runs, shows=shows)
        revision.conclusion = render_entries(said)
        revision.save(update_fields=["verdict", "conclusion"])


def _ask(bisection: Bisection, token: str, lab: Lab, step: Try, why: str, runs: int) -> None:
    variant = tests(bisection).count()
    place = f", test {variant} of at most {MAX_TESTS}" if variant else ""
    subject = lab.commit(bisection.bad).subject
    with transaction.atomic():
        progress = f"looking for a smaller config: {step.words}{place}"
        end_turn(bisection, token, [], attempts=0, reason="", progress=progress[:300])
        revision = Revision.objects.create(
            bisection=bisection,
            sha=bisection.bad,
            role=Revision.Role.CONFIG,
            variant=variant,
            config=step.config,
            order=bisection.revisions.count(),
            subject=subject[:500],
            preamble=step.told,
            why=why[:500],
            runs_wanted=runs,
        )
        queue.wake_revision(revision.pk)


def _begin_search(
    bisection: Bisection, token: str, revisions: Sequence[Revision], end: Minimised | None
) -> None:
    """Hand the best test over to the search, which begins in a turn of its own: with the config
    that it is to have.
    """
    original, last = revisions[0], revisions[-1]
    shown = [one for one in revisions[1:] if _reproduces(one, original)]
    best = shown[-1] if shown else original
    config = _completed(best) if shown else bisection.config
    with transaction.atomic():
        end_turn(bisection, token, [], attempts=0, progress="", config=config, minimised=facts(end))
        _note_verdicts(revisions)
        chosen = render_entries(ours.config_chosen(is_original=not shown))
        last.conclusion += (end.told if end else "") + chosen
        last.save(update_fields=["conclusion"])
        best.role, best.variant, best.verdict = Revision.Role.SEARCH, 0, Revision.Verdict.NONE
        best.save(update_fields=["role", "variant", "verdict"])
        queue.wake_bisection(bisection.pk)


def facts(end: Minimised | None) -> dict[str, Any]:
    """The end as plain values, for pages and mails."""
    if end is None:
        words = "config not minimised: the bug did not show with it as given"
        return {"words": words, "before": 0, "after": 0, "dropped": [], "needs": []}
    return {
        "words": end.summary,
        "before": end.before,
        "after": end.after,
        "dropped": end.dropped,
        "needs": [{"symbols": part.symbols, "is_needed": part.is_needed} for part in end.needs],
    }
