"""The JSON twins of the pages: every fact of a bug or a bisection as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from django.urls import reverse

from bisectweb.access import Person, sees
from bisectweb.builds import builds
from bisectweb.models import Bisection, Bug, Crash, Culprit, Revision, Run
from bisectweb.reports import best_report

Facts: TypeAlias = Mapping[str, Any]


def bug_facts(bug: Bug, crash: Crash | None, user: Person) -> Facts:
    """A bug with the short facts of its bisections; each names the page that has the rest.

    `user` reads it: a bug that they may not see is not named.
    """
    original = bug.duplicate_of
    return {
        "id": bug.pk,
        "url": bug.get_absolute_url(),
        "title": bug.title,
        "state": bug.state,
        "fix": bug.fix,
        "duplicate_of": original.pk if original and sees(user, original) else None,
        "subsystems": bug.subsystem_names,
        "priority": bug.priority,
        "no_reminders": bug.no_reminders,
        "tree": {"name": bug.tree.name, "url": bug.tree.url, "branch": bug.tree.branch},
        "created": bug.created,
        "crash": crash and crash_facts(crash),
        "bisections": [bisection_summary(bisection) for bisection in bug.bisections.all()],
    }


def crash_facts(crash: Crash) -> Facts:
    return {
        "title": crash.title,
        "commit": crash.commit,
        "commit_title": crash.commit_title,
        "config": crash.config,
        "reproducer": crash.reproducer,
        "language": crash.language,
        "repeat": crash.repeat,
        "procs": crash.procs,
        "bits": crash.bits,
        "report": crash.report,
        "guilty_file": best_report(crash).guilty_file,
    }


def bisection_summary(bisection: Bisection) -> Facts:
    culprit = getattr(bisection, "culprit", None)
    return {
        "id": bisection.pk,
        "url": bisection.get_absolute_url(),
        "kind": bisection.kind,
        "imported": bisection.imported,
        "strategy": bisection.strategy,
        "runs": bisection.runs,
        "state": bisection.state,
        "reason": bisection.reason,
        "invalid_reason": bisection.invalid_reason,
        "created": bisection.created,
        "started": bisection.started,
        "ended": bisection.ended,
        "score": score_facts(bisection),
        "culprit": culprit and culprit_facts(culprit),
    }


def bisection_facts(bisection: Bisection) -> Facts:
    return {
        **bisection_summary(bisection),
        "bug": {"id": bisection.bug.pk, "url": bisection.bug.get_absolute_url()},
        "title": bisection.title,
        "asked_good": bisection.asked_good,
        "asked_bad": bisection.asked_bad,
        "in_upstream": bisection.in_upstream,
        "good": bisection.good,
        "bad": bisection.bad,
        "bounds": bisection.bounds,
        "activity": bisection.activity,
        "progress": bisection.progress,
        "minimise": bisection.minimise,
        "minimised": bisection.minimised,
        "config": reverse("bisection-config", args=[bisection.pk]),
        "verifying": bisection.verifying,
        "suspects": bisection.suspects,
        "prior": bisection.prior,
        "strain": bisection.strain,
        "builds": asdict(builds(bisection)),
        "revisions": [revision_facts(revision) for revision in bisection.revisions.all()],
    }


def score_facts(bisection: Bisection) -> Facts | None:
    """What its log alone says of its result; None as long as there is none."""
    score = getattr(bisection, "score", None)
    return score and {
        "probability": score.probability,
        "verdict": score.verdict,
        "doubtful": score.doubtful or None,
        "reason": score.reason,
    }


def culprit_facts(culprit: Culprit) -> Facts:
    return {
        "sha": culprit.sha,
        "subject": culprit.subject,
        "author": culprit.author,
        "author_email": culprit.author_email,
        "date": culprit.date,
        "confidence": culprit.confidence,
        "confidence_meaning": culprit.meaning,
        "flags": culprit.flags,
        "checks": culprit.checks,
        "verified": culprit.is_verified,
        "signature": culprit.signature,
        "parent_signature": culprit.parent_signature,
        "fixes": culprit.fixes_line,
        "to": culprit.to,
        "cc": culprit.cc,
        "recipients": culprit.people,
        "recipients_note": culprit.recipients_note,
        "verdict": culprit.verdict,
        "real": culprit.real,
    }


def revision_facts(revision: Revision) -> Facts:
    kernel = revision.kernel
    return {
        "order": revision.order,
        "sha": revision.sha,
        "role": revision.role,
        "variant": revision.variant,
        "subject": revision.subject,
        "release": revision.release,
        "why": revision.why,
        "state": revision.state,
        "verdict": revision.verdict,
        "odds": revision.odds,
        "built": revision.built,
        "build_cached": revision.build_cached,
        "build_seconds": revision.build_seconds,
        "build_error": revision.build_error,
        "test_seconds": revision.test_seconds,
        "compiler": kernel and kernel.compiler,
        "signature": kernel and kernel.signature,
        "runs": [run_facts(run) for run in revision.runs.all()],
    }


def run_facts(run: Run) -> Facts:
    return {
        "index": run.index,
        "url": run.get_absolute_url(),
        "outcome": run.outcome,
        "words": run.words,
        "title": run.title,
        "alt_titles": run.alt_titles,
        "type": run.type,
        "similarity": run.similarity,
        "report": run.report,
        "note": run.note,
        "seconds": run.seconds,
    }
