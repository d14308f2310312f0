"""A made-up lab, and a search that is driven in it to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from runner.search import (
    BAYES,
    BayesPolicy,
    Decision,
    Evidence,
    History,
    Outcome,
    Probe,
    Test,
    decide,
)
from runner.search.findings import HOPELESS
from runner.values import Sha
from tests.runner.search.graphs import line

OK, CRASH, BOOT = Outcome.OK, Outcome.CRASH, Outcome.BOOT_FAILED
Lab: TypeAlias = Callable[[Sha, int], Outcome | None]
"""How the n-th run of a revision ends; None if it does not build."""

LINE = History(line(20), good="c0", bad="c20")
START = Evidence("c20", [CRASH] * 3)


@dataclass
class Bench:
    """A search that is driven to its end, and what it must never do on the way."""

    history: History
    lab: Lab
    policy: BayesPolicy = BAYES
    workers: int = 1
    known: list[Evidence] = field(default_factory=list)
    runs: Counter[Sha] = field(default_factory=Counter)

    def search(self, limit: int = 400) -> Decision:
        for _ in range(limit):
            decision = decide(self.history, self.known, self.policy, self.workers)
            if not isinstance(decision, Test):
                return decision
            assert 0 < len(decision.probes) <= self.workers
            assert all(probe.runs <= self.policy.calibration_runs for probe in decision.probes)
            assert self.minutes < self.policy.budget_minutes or not self.calibrated
            for probe in decision.probes:
                self.run(probe)
        raise AssertionError("the search does not end")

    def run(self, probe: Probe) -> None:
        assert probe.sha not in self.broken
        outcomes = self.batch(probe.sha, probe.runs)
        self.known.append(Evidence(probe.sha, outcomes or (), built=outcomes is not None))

    def batch(self, sha: Sha, runs: int) -> list[Outcome] | None:
        """Up to so many runs: the first crash is the last. None if the revision does not build."""
        outcomes = list[Outcome]()
        while len(outcomes) < runs and CRASH not in outcomes:
            outcome = self.lab(sha, self.runs[sha])
            if outcome is None:
                return None
            outcomes.append(outcome)
            self.runs[sha] += 1
        return outcomes

    @property
    def tested(self) -> set[Sha]:
        return {one.sha for one in self.known}

    @property
    def minutes(self) -> float:
        builds = len(self.tested) * self.policy.build_minutes
        return builds + self.runs.total() * self.policy.run_minutes / self.policy.vms

    @property
    def calibrated(self) -> bool:
        start = self.history.good if self.history.fix else self.history.bad
        seen = [one for each in self.known if each.sha == start for one in each.outcomes]
        return CRASH in seen or len(seen) >= 3 * self.policy.calibration_runs

    @property
    def broken(self) -> set[Sha]:
        """What does not build, and what never boots."""
        unbuilt = {one.sha for one in self.known if not one.built}
        booted = {one.sha for one in self.known if {OK, CRASH} & {*one.outcomes}}
        failed = Counter(one.sha for one in self.known for o in one.outcomes if o == BOOT)
        return unbuilt | {sha for sha in failed if failed[sha] >= HOPELESS} - booted


def flaky(history: History, culprit: Sha, rng: Random, p: float = 0.5, q: float = 0.0) -> Lab:
    """Crashes at a rate where the bug is, and at another where it is not."""

    def lab(sha: Sha, number: int) -> Outcome:
        changed = history.contains(sha, culprit)
        bug = changed != history.fix
        return CRASH if rng.random() < (1 - (1 - p) * (1 - q) if bug else q) else OK

    return lab
