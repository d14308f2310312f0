"""The facts of a commit across bisections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bisectweb.facts.bisections import CulpritFacts, culprit_facts
from bisectweb.facts.evidence import RevisionFacts, revision_facts
from bisectweb.facts.shallow import shallow
from bisectweb.models import Culprit, Revision


@dataclass(frozen=True, slots=True)
class BlamedFacts(CulpritFacts):
    """A result that names the commit."""

    bisection: int


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """What every bisection that tested a commit found; the newest first."""

    sha: str
    revisions: list[RevisionFacts]
    culprit_of: list[BlamedFacts]


def commit_facts(
    sha: str, revisions: Iterable[Revision], culprits: Iterable[Culprit]
) -> CommitFacts:
    blamed = [
        BlamedFacts(**shallow(culprit_facts(one)), bisection=one.bisection_id) for one in culprits
    ]
    return CommitFacts(sha, [revision_facts(one) for one in revisions], blamed)
