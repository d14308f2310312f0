"""The facts of trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bisectweb.facts.shallow import shallow
from bisectweb.models import Culprit, Tree
from bisectweb.order import Queued


@dataclass(frozen=True, slots=True)
class TreeName:
    """Which tree: as much as the rows of others say of it."""

    id: int
    name: str
    url: str
    branch: str


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """A repository and branch, and the machine that its kernels boot in."""

    id: int
    name: str
    url: str
    branch: str
    web_url: str
    compiler: str
    make_variables: str
    arch: str
    memory_mb: int
    cpus: int
    cmdline: str
    boot_seconds: int
    repro_seconds: int
    auto_approve: bool
    auto_confidence: float
    mails_per_hour: int
    seen_by: str
    paused: datetime | None
    """Since when nothing new of it is begun."""
    pause_reason: str


@dataclass(frozen=True, slots=True)
class QueuedFacts:
    """An active bisection, where it stands in the queue, and why."""

    bisection: int
    url: str
    kind: str
    priority: str
    place: int | None
    """Of the bisections of all trees; null where it is not counted."""
    in_hand: bool
    why: str
    created: datetime


@dataclass(frozen=True, slots=True)
class FoundFacts:
    """A culprit, in short."""

    bisection: int
    sha: str
    subject: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class FailureFacts:
    """Bisections that failed for the same reason, the newest first."""

    reason: str
    bisections: list[int]


@dataclass(frozen=True, slots=True)
class TreeDetails(TreeFacts):
    """A tree, what waits in it, and what was found in it last."""

    oldest_release: str
    """Of Linux, that the workers' compilers can build; empty where that is not known."""
    upstream: str | None
    """Its name; null without one, or where you may not see it."""
    has_disk: bool
    """Whether its machine boots from a disk image."""
    maintainers: list[str] | None
    """Their addresses; null for whoever does not keep the tree."""
    paused_by: str | None
    bisections: dict[str, int]
    """By state."""
    queue: list[QueuedFacts]
    culprits: list[FoundFacts]


def tree_name(tree: Tree) -> TreeName:
    return TreeName(tree.pk, tree.name, tree.public_url, tree.branch)


def tree_facts(tree: Tree) -> TreeFacts:
    """What everybody who sees the tree may know: no file of the host, nobody's address."""
    return TreeFacts(
        id=tree.pk,
        name=tree.name,
        url=tree.public_url,
        branch=tree.branch,
        web_url=tree.web_url,
        compiler=tree.compiler,
        make_variables=tree.make_variables,
        arch=tree.arch,
        memory_mb=tree.memory_mb,
        cpus=tree.cpus,
        cmdline=tree.cmdline,
        boot_seconds=tree.boot_seconds,
        repro_seconds=tree.repro_seconds,
        auto_approve=tree.auto_approve,
        auto_confidence=tree.auto_confidence,
        mails_per_hour=tree.mails_per_hour,
        seen_by=tree.seen_by,
        paused=tree.paused,
        pause_reason=tree.pause_reason,
    )


def tree_details(
    tree: Tree,
    *,
    upstream: Tree | None,
    keeps: bool,
    oldest: str,
    counts: Mapping[str, int],
    queue: Iterable[Queued],
    culprits: Iterable[Culprit],
) -> TreeDetails:
    """`upstream` is one that the reader sees; `keeps` says whether they keep the tree."""
    return TreeDetails(
        **shallow(tree_facts(tree)),
        oldest_release=oldest,
        upstream=upstream.name if upstream else None,
        has_disk=bool(tree.disk_image),
        maintainers=tree.maintainers.split() if keeps else None,
        paused_by=tree.paused_by.get_username() if tree.paused_by else None,
        bisections=dict(counts),
        queue=[_queued(one) for one in queue],
        culprits=[
            FoundFacts(one.bisection_id, one.sha, one.subject, one.confidence) for one in culprits
        ],
    )


def _queued(queued: Queued) -> QueuedFacts:
    bisection = queued.bisection
    return QueuedFacts(
        bisection=bisection.pk,
        url=bisection.get_absolute_url(),
        kind=bisection.kind,
        priority=bisection.get_priority_display(),
        place=queued.place,
        in_hand=queued.in_hand,
        why=queued.why,
        created=bisection.created,
    )
