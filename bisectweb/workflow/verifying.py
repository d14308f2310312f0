"""Before anybody is told: the culprit, its parent and its revert are run once more.

The runs of culprit and parent are evidence of the search like any other, so that what contradicts
a culprit makes the search go on. Nothing is remembered of a verification but its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from bisectweb import queue
from bisectweb.holding import LeaseLost
from bisectweb.models import Bisection, Revision
from bisectweb.workflow.ending import drop_unfinished
from bisectweb.workflow.standings import Asked, note_asked
from bisectweb.workflow.turns import end_turn
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.search import History
from runner.values import Commit, Outcome, Sha
from runner.verification import Case, Known, Part

Role = Revision.Role


@dataclass(frozen=True, slots=True)
class Place:
    """A commit to run, as a revision will know it."""

    sha: Sha
    role: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """How far the verification of a culprit has come."""

    culprit: Commit
    places: Mapping[Part, Place]
    """Of the parts that there are."""
    rows: Mapping[Part, Revision]
    """Of those that were asked for."""
    case: Case

    @property
    def missing(self) -> dict[Part, int]:
        """The runs that are still to be made, of the parts that need any."""
        runs = {part: self.case.missing(part) for part in self.places}
        return {part: missing for part, missing in runs.items() if missing}


def look(bisection: Bisection, lab: Lab, history: History, culprit: Commit) -> Verification:
    """What is known now. Nothing is written."""
    found = _places(lab, history, culprit)
    places = {part: place for part, place in found.items() if isinstance(place, Place)}
    rows = {
        part: row for part, place in places.items() if (row := _row(bisection, place)) is not None
    }
    start = history.good if history.fix else history.bad
    reported = bisection.revisions.filter(sha=start, role=Role.SEARCH).first()
    case = Case(
        parts={
            part: Known(why_not=place) if isinstance(place, str) else _tested(rows.get(part))
            for part, place in found.items()
        },
        base=history.bad,
        fix=history.fix,
        is_merge=len(culprit.parents) > 1,
        is_release=culprit.sha in history.releases.values(),
        reported=Known() if reported in rows.values() else _tested(reported),
    )
    return Verification(culprit, places, rows, case)


def _places(lab: Lab, history: History, culprit: Commit) -> dict[Part, Place | str]:
    """Each part's commit, or why it has none."""
    subject = culprit.subject
    crashes, quiet = "does it crash again?", "is it sure not to crash?"
    why = (quiet, crashes) if history.fix else (crashes, quiet)
    return {
        Part.CULPRIT: Place(culprit.sha, Role.SEARCH, subject, f"the culprit: {why[0]}"),
        Part.PARENT: _parent(lab, history, culprit, f"the culprit's parent: {why[1]}"),
        Part.REVERT: _reverted(lab, history, culprit),
    }


def _parent(lab: Lab, history: History, culprit: Commit, why: str) -> Place | str:
    if len(culprit.parents) != 1:
        return f"there are {len(culprit.parents)}" if culprit.parents else "there is none"
    [sha] = culprit.parents
    role = Role.SEARCH if sha in history.parents else Role.PARENT
    return Place(sha, role, lab.commit(sha).subject, why)


def _reverted(lab: Lab, history: History, culprit: Commit) -> Place | str:
    if len(culprit.parents) > 1:
        return "it is a merge"
    sha = lab.revert(history.bad, culprit.sha)
    if sha is None:
        return "the revert conflicts with later commits"
    if sha == history.bad:
        return "nothing of it is left there"
    asked = "is the crash back without the fix?" if history.fix else "is the crash gone without it?"
    why = f"the culprit reverted on {history.bad[:12]}: {asked}"
    return Place(sha, Role.REVERT, f'Revert "{culprit.subject}"', why)


def _row(bisection: Bisection, place: Place) -> Revision | None:
    rows = bisection.revisions.filter(sha=place.sha, role=place.role)
    return rows.select_related("kernel").first()


def _tested(row: Revision | None) -> Known:
    if row is None:
        return Known()
    return Known(
        [Outcome(run.outcome) for run in row.runs.all()],
        built=row.built,
        signature=row.kernel.signature if row.kernel else "",
    )


def ask(bisection: Bisection, token: str, now: Verification, found: str) -> None:
    """Queue the runs that are missing; what the search had in hand is not needed any more.

    `found` is what the log says of the culprit before them.
    """
    missing, sha = now.missing, now.culprit.sha
    wanted = [now.rows[part] for part in missing if part in now.rows]
    with transaction.atomic():
        drop_unfinished(bisection, keep=wanted)
        for part, runs in missing.items():
            row = now.rows.get(part)
            if row is None or row.is_done:
                _queue(bisection, now, part, runs)
        places = {now.places[part]: runs for part, runs in missing.items()}
        note_asked(bisection, [Asked(one.sha, runs, one.why) for one, runs in places.items()])
        end_turn(
            bisection,
            token,
            wanted,
            attempts=0,
            reason="",
            verifying=sha,
            log_found=found,
            progress=f"Found {sha[:12]} {now.culprit.subject}; it is being verified"[:300],
        )


def _queue(bisection: Bisection, now: Verification, part: Part, runs: int) -> None:
    place, row = now.places[part], now.rows.get(part)
    if row is None:
        row = Revision.objects.create(
            bisection=bisection,
            sha=place.sha,
            role=place.role,
            order=bisection.revisions.count(),
            subject=place.subject[:500],
            why=place.why,
            preamble=_announcement(now, part, runs),
            runs_wanted=runs,
        )
    else:
        row.conclusion += render_entries(ours.verifying(place.sha, runs, again=True))
        row.why = place.why
        row.runs_wanted = row.runs.count() + runs
        row.state = Revision.State.WAITING
        row.save(update_fields=["conclusion", "why", "runs_wanted", "state"])
    queue.wake_revision(row.pk)


def _announcement(now: Verification, part: Part, runs: int) -> str:
    if part is Part.REVERT:
        return render_entries(ours.reverted(now.culprit.sha, now.case.base, runs))
    sha = now.places[part].sha
    untested = ours.untested_parent(sha) if part is Part.PARENT else ()
    return render_entries((*untested, *ours.verifying(sha, runs, again=False)))


def search_on(bisection: Bisection, token: str) -> None:
    """What was found is no longer believed: the runs that should verify it speak against it."""
    with transaction.atomic():
        if not bisection.rows().filter(lease=token).update(verifying="", log_found=""):
            raise LeaseLost
        latest = bisection.revisions.filter(role=Role.SEARCH).order_by("ended").last()
        if latest:
            latest.conclusion += render_entries(ours.searched_again(bisection.verifying))
            latest.save(update_fields=["conclusion"])
        drop_unfinished(bisection, keep=bisection.revisions.filter(role=Role.SEARCH))
    bisection.verifying = bisection.log_found = ""
