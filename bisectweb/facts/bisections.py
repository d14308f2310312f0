"""The facts of bisections, their culprits and scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from bisectweb.builds import Builds, builds
from bisectweb.facts.evidence import RevisionFacts, revision_facts
from bisectweb.facts.shallow import shallow
from bisectweb.models import Bisection, Culprit
from runner.values import Recipient


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One thing looked at before anybody was told: passed, failed or unknown, and why."""

    name: str
    result: str
    words: str


@dataclass(frozen=True, slots=True)
class CulpritFacts:
    """The commit found, how sure that is, and what people say of it."""

    sha: str
    subject: str
    author: str
    author_email: str
    date: datetime | None
    details: str
    """The commit as git shows it."""
    confidence: float | None
    confidence_meaning: str
    """What it is the probability of."""
    flags: list[str]
    """Why this answer should be doubted."""
    checks: list[CheckFacts]
    verified: bool
    """Whether everything could be checked, and nothing spoke against it."""
    signature: str
    parent_signature: str
    fixes: str
    """The `Fixes:` trailer."""
    to: list[str]
    cc: list[str]
    recipients: list[Recipient]
    recipients_note: str
    verdict: str
    """Of a person: confirmed, wrong, or empty."""
    verdict_reason: str
    verdict_at: datetime | None
    real: str
    """The commit that it is instead, as they say."""


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """What its log alone says of a result."""

    probability: float | None
    verdict: str
    doubtful: str | None
    """The tested commit whose verdict is the likeliest to be wrong."""
    reason: str


@dataclass(frozen=True, slots=True)
class BugName:
    """Which bug."""

    id: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class BisectionSummary:
    """A bisection, as lists show it."""

    id: int
    url: str
    bug: BugName
    kind: str
    imported: bool
    strategy: str
    runs: int
    priority: str
    taken_from: int | None
    """The earlier bisection whose runs it began with."""
    state: str
    stage: str
    """The state as pages say it: what was found is not told before it is verified."""
    reason: str
    invalid_reason: str
    invalidated: datetime | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    score: ScoreFacts | None
    culprit: CulpritFacts | None


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """How far a search is, and what it took until now; times in seconds."""

    place: int | None
    """In the queue, of one that has not begun; null where nobody counts it."""
    left: str
    """How long four searches in five would take from here; empty where nobody knows."""
    is_runner_silent: bool
    """Whether nobody is there to do the work."""
    revisions: int
    """That were tested, whatever for."""
    runs: int
    build: float | None
    test: float | None
    wall: float | None
    """From start to end; null before the end."""


@dataclass(frozen=True, slots=True)
class BisectionFacts(BisectionSummary):
    """A bisection with all its evidence."""

    crash: int
    created_by: str | None
    """The name of the account."""
    asked_by: str
    """The address of who asked for it by mail."""
    imported_from: str | None
    """The name of the log that it was read from."""
    invalidated_by: str | None
    mail: str
    """The state of the mail that tells of it; empty where there is none."""
    work: WorkFacts
    title: str
    """The crash that is looked for; empty until it is known."""
    asked_good: str
    asked_bad: str
    in_upstream: bool
    good: str
    bad: str
    bounds: str
    activity: str
    activity_since: datetime | None
    progress: str
    minimise: bool
    minimised: dict[str, Any]
    config: str
    """The address of the kernel config that is searched with."""
    log: str
    """The address of the log."""
    verifying: str
    suspects: list[dict[str, Any]]
    """Each with sha, subject and, where the strategy knows it, probability."""
    prior: list[dict[str, Any]]
    """Groups of commits that were equally likely before any run."""
    strain: float
    builds: Builds
    revisions: list[RevisionFacts]


def bisection_summary(bisection: Bisection) -> BisectionSummary:
    culprit = getattr(bisection, "culprit", None)
    bug = bisection.bug
    return BisectionSummary(
        id=bisection.pk,
        url=bisection.get_absolute_url(),
        bug=BugName(bug.pk, bug.get_absolute_url(), bug.title),
        kind=bisection.kind,
        imported=bisection.imported,
        strategy=bisection.strategy,
        runs=bisection.runs,
        priority=bisection.get_priority_display(),
        taken_from=bisection.taken_from_id,
        state=bisection.state,
        stage=bisection.stage,
        reason=bisection.reason,
        invalid_reason=bisection.invalid_reason,
        invalidated=bisection.invalidated,
        created=bisection.created,
        started=bisection.started,
        ended=bisection.ended,
        score=score_facts(bisection),
        culprit=culprit and culprit_facts(culprit),
    )


def bisection_facts(bisection: Bisection, work: WorkFacts) -> BisectionFacts:
    mail = next(iter(bisection.mails.all()), None)
    return BisectionFacts(
        **shallow(bisection_summary(bisection)),
        crash=bisection.crash_id,
        created_by=_name(bisection.created_by),
        asked_by=bisection.asked_by,
        imported_from=bisection.imported_log.name if bisection.imported else None,
        invalidated_by=_name(bisection.invalidated_by),
        mail=mail.state if mail else "",
        work=work,
        title=bisection.title,
        asked_good=bisection.asked_good,
        asked_bad=bisection.asked_bad,
        in_upstream=bisection.in_upstream,
        good=bisection.good,
        bad=bisection.bad,
        bounds=bisection.bounds,
        activity=bisection.activity,
        activity_since=bisection.activity_since,
        progress=bisection.progress,
        minimise=bisection.minimise,
        minimised=bisection.minimised,
        config=reverse("bisection-config", args=[bisection.pk]),
        log=reverse("bisection-log", args=[bisection.pk]),
        verifying=bisection.verifying,
        suspects=bisection.suspects,
        prior=bisection.prior,
        strain=bisection.strain,
        builds=builds(bisection),
        revisions=[revision_facts(revision) for revision in bisection.revisions.all()],
    )


def _name(who: User | None) -> str | None:
    return who.get_username() if who else None


def score_facts(bisection: Bisection) -> ScoreFacts | None:
    """None as long as there is no result."""
    score = getattr(bisection, "score", None)
    return score and ScoreFacts(
        probability=score.probability,
        verdict=score.verdict,
        doubtful=score.doubtful or None,
        reason=score.reason,
    )


def culprit_facts(culprit: Culprit) -> CulpritFacts:
    return CulpritFacts(
        sha=culprit.sha,
        subject=culprit.subject,
        author=culprit.author,
        author_email=culprit.author_email,
        date=culprit.date,
        details=culprit.details,
        confidence=culprit.confidence,
        confidence_meaning=culprit.meaning,
        flags=culprit.flags,
        checks=[CheckFacts(one["name"], one["result"], one["words"]) for one in culprit.checks],
        verified=culprit.is_verified,
        signature=culprit.signature,
        parent_signature=culprit.parent_signature,
        fixes=culprit.fixes_line,
        to=culprit.to,
        cc=culprit.cc,
        recipients=culprit.recipients,
        recipients_note=culprit.recipients_note,
        verdict=culprit.verdict,
        verdict_reason=culprit.verdict_reason,
        verdict_at=culprit.verdict_at,
        real=culprit.real,
    )
