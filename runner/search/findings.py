"""What all evidence together says of each revision, in one order whatever order it came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.search.decision import Alike, Evidence
from runner.search.history import History
from runner.search.likeness import LIKELY, similarities, weighed
from runner.values import Outcome, Sha

TELLING = (Outcome.OK, Outcome.CRASH)
"""Any other outcome says nothing about the bug: another crash stopped the reproducer, or nothing
was heard. Such runs cost time, and teach where the tree is hard to test."""

SURE = 1 - 1e-9
"""A title that is taken for the bug's as if there were no doubt."""
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
    alike: Sequence[Alike] = ()
    """By title, those of the mute runs whose crash may be the bug under another name."""

    @property
    def likely_alike(self) -> Sequence[Alike]:
        """The titles that are likely the bug's."""
        return [one for one in self.alike if one.similarity >= LIKELY]

    @property
    def likely(self) -> int:
        """Runs whose crash is likely the bug under another name."""
        return sum(one.runs for one in self.likely_alike)

    def read(self, as_bug: bool) -> Finding:
        """As if every likely title were the bug's for sure, or none."""
        sure = [replace(one, similarity=SURE) for one in self.likely_alike]
        return replace(self, alike=sure if as_bug else ())

    @property
    def heard(self) -> int:
        """Runs that tell something, or likely do."""
        return self.runs + self.likely

    @property
    def deaf(self) -> int:
        """All others."""
        return self.mute - self.likely

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
    known = [one for one in evidence if one.sha in position]
    return sorted(gathered(known, history.start), key=lambda one: position[one.sha])


def gathered(evidence: Iterable[Evidence], start: Sha | None = None) -> list[Finding]:
    """One finding for each revision, in the order in which they are first told of.

    `start` is the commit that is said to crash.
    """
    by_sha: dict[Sha, list[Evidence]] = {}
    for one in evidence:
        by_sha.setdefault(one.sha, []).append(one)
    every = [one for some in by_sha.values() for one in some]
    similarity = similarities(every, start)
    return [_finding(sha, some, similarity) for sha, some in by_sha.items()]


def _finding(sha: Sha, known: Sequence[Evidence], similarity: Mapping[str, float]) -> Finding:
    seen = Counter(outcome for one in known for outcome in one.outcomes)
    return Finding(
        sha,
        runs=sum(seen[outcome] for outcome in TELLING),
        crashes=seen[Outcome.CRASH],
        mute=sum(seen.values()) - sum(seen[outcome] for outcome in TELLING),
        unbooted=seen[Outcome.BOOT_FAILED],
        built=all(one.built for one in known) or any(seen.values()),
        signature=max(one.signature for one in known),
        alike=weighed((alike for one in known for alike in one.alike), similarity),
    )


def pooled(found: Sequence[Finding]) -> dict[Sha, tuple[int, int]]:
    """Of each revision, what is known of its binary, whoever ran it: the runs that tell, or likely
    do, and the crashes among them.
    """
    runs, crashes = Counter[str](), Counter[str]()
    for one in found:
        runs[one.binary] += one.heard
        crashes[one.binary] += one.crashes + one.likely
    return {one.sha: (runs[one.binary], crashes[one.binary]) for one in found}
