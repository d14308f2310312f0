"""How the runs of one revision add up, and whether they say that it crashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.values import Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcomes of one revision, counted."""

    ok: int
    like: int
    """Crashes like the bug."""
    other: int
    """Other crashes. The classic rule counts any crash: titles change with the code."""
    silent: int
    """Runs that say nothing: the boot failed, or the connection was lost."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Tally:
        seen = list(outcomes)
        return cls(
            ok=seen.count(Outcome.OK),
            like=seen.count(Outcome.CRASH),
            other=seen.count(Outcome.OTHER_CRASH),
            silent=seen.count(Outcome.BOOT_FAILED) + seen.count(Outcome.LOST),
        )

    @property
    def crashed(self) -> int:
        return self.like + self.other

    @property
    def total(self) -> int:
        return self.ok + self.crashed + self.silent

    @property
    def ratio(self) -> float:
        """Share of crashes among the runs that say anything."""
        return self.crashed / (self.ok + self.crashed) if self.ok + self.crashed else 0.0

    def crashes(self, flaky: bool) -> bool | None:
        """Syzkaller's verdict: None when the runs do not say enough either way.

        Bad needs max(2, total/6) crashes and half of the runs to say anything; good needs no
        crash and half of the runs quiet, three quarters if the bug is known to be flaky.
        """
        if not self.crashed:
            enough = self.total * 3 // 4 if flaky else self.total // 2
            return False if self.total and self.ok >= enough else None
        decided = self.crashed >= max(2, self.total // 6)
        return True if decided and self.ok + self.crashed >= self.total // 2 else None
