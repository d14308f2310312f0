"""The probabilistic search of a bisection: what it is told, and what is written down of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat

from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Revision
from bisectweb.reports import best_text
from bisectweb.workflow.prices import tree_policy
from bisectweb.workflow.standings import Look, note_standing
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.search import BAYES, Alike, Evidence, Explanation, History, Probe, Test, explain
from runner.search.prior import Kind, Prior
from runner.values import Outcome

MOST_SUSPECTS = 20


@dataclass(frozen=True, slots=True)
class Weighing:
    """One look at the evidence."""

    revisions: Sequence[Revision]
    """As they were when it was looked at."""
    prior: Prior
    state: Explanation


def weigh(bisection: Bisection, lab: Lab, history: History) -> Weighing:
    """Ask the search. Nothing is written."""
    revisions = seen(bisection)
    prior = lab.prior(history, best_text(bisection.crash))
    state = explain(
        replace(history, prior=prior.weights, inert=prior.inert),
        evidence(revisions),
        tree_policy(bisection.bug.tree, replace(BAYES, vms=settings.VMS)),
        workers=_free_slots(bisection, sum(not revision.is_done for revision in revisions)),
        in_flight=_in_flight(revisions, history),
    )
    return Weighing(revisions, prior, state)


def seen(bisection: Bisection) -> list[Revision]:
    """The revisions of the search as they are now, with all that is evidence."""
    tested = bisection.revisions.filter(role=Revision.Role.SEARCH)
    return list(tested.select_related("kernel").prefetch_related("runs"))


def evidence(revisions: Iterable[Revision]) -> list[Evidence]:
    """What is known of them; nothing is of those that were not built yet."""
    return [
        Evidence(
            revision.sha,
            [Outcome(run.outcome) for run in revision.runs.all()],
            built=revision.built,
            signature=revision.kernel.signature if revision.kernel else "",
            alike=tuple(
                Alike(run.title, run.similarity)
                for run in revision.runs.all()
                if run.outcome == Outcome.OTHER_CRASH
            ),
        )
        for revision in revisions
        if revision.built is not None
    ]


def _in_flight(revisions: Iterable[Revision], history: History) -> list[Probe]:
    """What was asked for and has not ended, with the runs it lacks."""
    return [
        Probe(revision.sha, max(1, revision.runs_wanted - len(revision.runs.all())))
        for revision in revisions
        if not revision.is_done and revision.sha in history.parents
    ]


def _free_slots(bisection: Bisection, mine: int) -> int:
    """How many revisions it may ask for besides its own that are unfinished.

    A bisection has one in hand at any time, and more as long as nobody else waits whose priority
    is not lower. While nobody knows what the crash is called, the commit that crashes has to tell
    that first.
    """
    others = Revision.objects.filter(~Q(bisection=bisection))
    waiting = others.filter(Revision.on_offer(), state=Revision.State.WAITING)
    if not bisection.title or waiting.filter(bisection__priority__gte=bisection.priority).exists():
        return max(0, 1 - mine)
    in_hand = others.filter(Revision.claimable()).exclude(state=Revision.State.WAITING).count()
    return max(0, 1 - mine, settings.SLOTS - mine - in_hand)


def note(bisection: Bisection, token: str, lab: Lab, weighing: Weighing) -> None:
    """Write down what the search makes of the evidence: people read it, the search does not."""
    state = weighing.state
    suspects = _suspects(bisection, lab, state)
    groups = _groups(weighing.prior)
    news = "" if bisection.prior == groups else _inert(weighing.prior)
    changes = {} if weighing.revisions else {"log_head": Concat("log_head", Value(news))}
    with transaction.atomic():
        if (
            not bisection.rows()
            .filter(lease=token)
            .update(
                progress=state.words[:300],
                suspects=suspects,
                prior=groups,
                strain=state.strain,
                **changes,
            )
        ):
            raise LeaseLost
        _note_revisions(weighing, news)
        left = state.minutes_left if isinstance(state.decision, Test) else None
        subjects = {one["sha"]: one["subject"] for one in suspects}
        note_standing(bisection, Look(state.standing, state.weights, subjects, left))


def _suspects(bisection: Bisection, lab: Lab, state: Explanation) -> list[dict[str, Any]]:
    known = {one["sha"]: one["subject"] for one in bisection.suspects}
    return [
        {"sha": sha, "subject": known.get(sha) or lab.commit(sha).subject, "probability": chance}
        for sha, chance in state.suspects[:MOST_SUSPECTS]
    ]


def _groups(prior: Prior) -> list[dict[str, Any]]:
    return [
        {
            "kind": group.kind,
            "reason": group.reason,
            "commits": group.commits,
            "share": group.share,
        }
        for group in prior.groups
    ]


def _inert(prior: Prior) -> str:
    """The log's line about the commits that cannot matter; empty while none are known."""
    counts = {group.kind: group.commits for group in prior.groups}
    inert = counts.get(Kind.INERT, 0)
    return render_entries(ours.cannot_matter(inert, sum(counts.values()))) if inert else ""


def _note_revisions(weighing: Weighing, news: str) -> None:
    """Verdict and odds of every revision; the log's lines of those that ended since, and `news`."""
    is_over = not isinstance(weighing.state.decision, Test)
    weights = {weight.sha: weight for weight in weighing.state.weights}
    latest = None
    for revision in weighing.revisions:
        if revision.sha not in weights:
            continue
        weight = weights[revision.sha]
        before = revision.verdict, revision.odds, revision.told
        revision.verdict = weight.verdict or ""
        revision.odds = weight.words[:300]
        if (revision.is_done or is_over) and revision.told != len(revision.runs.all()):
            revision.conclusion += render_entries(ours.weighed(weight))
            revision.told = len(revision.runs.all())
            latest = revision
        if (revision.verdict, revision.odds, revision.told) != before:
            revision.save(update_fields=["verdict", "odds", "conclusion", "told"])
    if latest:
        latest.conclusion += news + render_entries(ours.standing(weighing.state))
        latest.save(update_fields=["conclusion"])
