"""What all evidence together says of each revision, in one order whatever order it came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.search.decision import Evidence
from runner.search.history import History
from runner.values import Outcome, Sha

TELLING = (Outcome.OK, Outcome.CRASH)
"""Any other outcome says nothing about the bug: another crash stopped the reproducer, or nothing
was heard. Such runs cost time, and teach where the tree is hard to test."""

HOPELESS = 4
"""So many boots that failed, and no run that told anything: the revision does not boot."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One revision's counts."""

    sha: Sha
    runs: int
    """Runs that tell something about the bug."""
    crashes: int
    mute: int
    """Runs that told nothing: another crash, a lost connection, a boot that failed."""
    unbooted: int
    """Those of them that did not boot."""
    built: bool
    signature: str

    @property
    def binary(self) -> str:
        """Equal for revisions that are one binary."""
        return self.signature or self.sha

    @property
    def broken(self) -> bool:
        """Never to be tried again."""
        return not self.built or (not self.runs and self.unbooted >= HOPELESS)

    @property
    def spent(self) -> int:
        """All runs, telling or not."""
        return self.runs + self.mute


def findings(history: History, evidence: Iterable[Evidence]) -> Sequence[Finding]:
    """One finding for each revision of the history, oldest first.

    Evidence of commits outside the history says nothing about it and is left out.
    """
    position = history.ancestry.position
    known = [one for one in gathered(evidence) if one.sha in position]
    return sorted(known, key=lambda one: position[one.sha])


def gathered(evidence: Iterable[Evidence]) -> list[Finding]:
    """One finding for each revision, in the order in which they are first told of."""
    outcomes: dict[Sha, Counter[Outcome]] = {}
    built: dict[Sha, bool] = {}
    signatures: dict[Sha, str] = {}
    for one in evidence:
        outcomes.setdefault(one.sha, Counter()).update(one.outcomes)
        built[one.sha] = built.get(one.sha, True) and one.built
        signatures[one.sha] = max(signatures.get(one.sha, ""), one.signature)
    return [_finding(sha, outcomes[sha], built[sha], signatures[sha]) for sha in outcomes]


def _finding(sha: Sha, seen: Counter[Outcome], built: bool, signature: str) -> Finding:
    return Finding(
        sha,
        runs=sum(seen[outcome] for outcome in TELLING),
        crashes=seen[Outcome.CRASH],
        mute=sum(seen.values()) - sum(seen[outcome] for outcome in TELLING),
        unbooted=seen[Outcome.BOOT_FAILED],
        built=built or any(seen.values()),
        signature=signature,
    )


def pooled(found: Sequence[Finding]) -> dict[Sha, tuple[int, int]]:
    """Of each revision, the telling runs and crashes of its binary, whoever ran it."""
    runs, crashes = Counter[str](), Counter[str]()
    for one in found:
        runs[one.binary] += one.runs
        crashes[one.binary] += one.crashes
    return {one.sha: (runs[one.binary], crashes[one.binary]) for one in found}
