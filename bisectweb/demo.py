"""A demonstration: a generated tree and its planted bug, from a manifest to a sent mail."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from bisectweb import workflow
from bisectweb.builds import builds
from bisectweb.models import Bisection, Message, Revision, Run, Tree
from bisectweb.outbound import outbox
from bisectweb.outbound.emails import percent
from bisectweb.outbound.mailbox import mail_file

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generator of trees says about its tree (`demo.json`)."""

    name: str
    tree: str
    branch: str
    bad: str
    good: str | None
    config: str
    reproducer: str
    compiler: str
    title: str
    expected: str
    machine: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Manifest:
        facts = json.loads(path.read_text())
        for name in ("config", "reproducer"):
            facts[name] = (path.parent / facts[name]).read_text()
        return cls(**{name: facts[name] for name in cls.__slots__})


def file(manifest: Manifest, admin: User) -> Bisection:
    """The tree, the bug and its bisection, as an admin would enter them."""
    tree, _ = Tree.objects.update_or_create(
        name=manifest.name,
        defaults={
            "url": manifest.tree,
            "branch": manifest.branch,
            "compiler": manifest.compiler,
            **manifest.machine,
        },
    )
    bug = workflow.file_bug(
        tree=tree,
        title=manifest.title,
        commit=manifest.bad,
        config=manifest.config,
        reproducer=manifest.reproducer,
        crash_title=manifest.title,
        by=admin,
    )
    return workflow.start(
        bug.crashes.get(),
        kind=Bisection.Kind.CAUSE,
        by=admin,
        good=manifest.good or "",
    )


def watch(bisection: Bisection) -> Iterator[str]:
    """A line for each revision as it ends, until the bisection is over."""
    told: set[tuple[int, int]] = set()
    active = True
    while active:
        bisection.refresh_from_db()
        active = bisection.is_active
        for revision in bisection.revisions.filter(state=Revision.State.DONE):
            ended = revision.pk, revision.runs.count()
            if ended not in told and (is_judged(bisection, revision) or not active):
                told.add(ended)
                yield line(revision)
                yield from leader(bisection)
        if active:
            time.sleep(POLL_SECONDS)


def is_judged(bisection: Bisection, revision: Revision) -> bool:
    """Whether the search has seen what the revision showed, if it is to see it."""
    if not revision.is_evidence:
        return True
    if bisection.is_bayes:
        return revision.told == revision.runs.count()
    return bool(revision.verdict)


def leader(bisection: Bisection) -> Iterator[str]:
    """Who is suspected now, where the strategy knows."""
    bisection.refresh_from_db(fields=["suspects"])
    for suspect in bisection.suspects[:1] if bisection.is_bayes else ():
        name = f"{suspect['sha'][:12]} {suspect['subject']}"
        yield f"      {percent(suspect['probability']):>6} sure that it is {name:.70}"


def line(revision: Revision) -> str:
    """Verdict, counts and times of a revision, on one line."""
    total = revision.runs.count()
    crashed = revision.runs.filter(outcome__in=[Run.Outcome.CRASH, Run.Outcome.OTHER_CRASH]).count()
    ran = f"{crashed:2} of {total:2} crashed" if total else "not run" + " " * 9
    built = "cached" if revision.build_cached else f"{revision.build_seconds:.1f} s"
    name = f"{revision.release} {revision.subject}".strip()
    return f"{revision.verdict or '-':4}  {revision.sha[:12]}  {ran}  {built:>7}  {name:.60}"


def post(bisection: Bisection, admin: User, deadline: float) -> Path | None:
    """Approve the culprit's mail and wait until it has been sent: its file."""
    message = Message.objects.filter(bisection=bisection).first()
    if message is None:
        return None
    outbox.approve(message, admin)
    end = time.monotonic() + deadline
    while time.monotonic() < end and message.state != Message.State.SENT:
        time.sleep(POLL_SECONDS)
        message.refresh_from_db()
    return mail_file(message.message_id)


def result(
    bisection: Bisection, manifest: Manifest, mail: Path | None, site: str
) -> dict[str, Any]:
    """What happened, for machines."""
    culprit = getattr(bisection, "culprit", None)
    ended = bisection.ended or bisection.created
    counts = builds(bisection)
    return {
        "culprit": culprit.sha if culprit else None,
        "expected": manifest.expected,
        "confidence": culprit.confidence if culprit else None,
        "verified": bool(culprit and culprit.is_verified),
        "state": bisection.state,
        "reason": bisection.reason,
        "revisions": bisection.revisions.count(),
        "runs": Run.objects.filter(revision__bisection=bisection).count(),
        "builds": counts.made,
        "cached": counts.cached,
        "same": counts.same,
        "inert": counts.inert,
        "commits": counts.commits,
        "seconds": round((ended - bisection.created).total_seconds(), 1),
        "bug_url": f"{site}{bisection.bug.get_absolute_url()}",
        "mail": str(mail) if mail and mail.exists() else None,
    }
