"""One search in one world, driven to its end, and what it cost."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from enum import StrEnum

from runner.search import (
    ClassicPolicy,
    Decision,
    Evidence,
    Found,
    History,
    Inconclusive,
    Outcome,
    Policy,
    Probe,
    Test,
    decide,
)
from runner.simulation.world import World
from runner.values import Sha

BUILD_MINUTES = 7.0
RUN_MINUTES = 0.7
"""What builds and runs really take; a policy's own prices are what it believes."""
LIMIT = 400
"""Decisions; a search that takes more does not end."""
OLDER = re.compile("the good commit crashes too|the crash already happened")
"""How a search says that the bug is older than the window."""


class Answer(StrEnum):
    """How a search ended, for who knows the truth."""

    RIGHT = "right"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"


class Endless(Exception):
    """A search that goes on for ever, which none may; names the world."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a search answered, and its costs. Minutes are the machines', wall minutes a clock's."""

    world: int
    answer: Answer
    named: bool
    """It named a commit, or said that the bug is older."""
    confidence: float
    """0 when none was claimed."""
    identifiable: bool
    builds: int
    runs: int
    minutes: float
    wall_minutes: float
    decisions: int
    seconds: float
    """Of processor time in `decide`."""
    reason: str = ""


def attempt(world: World, policy: Policy, history: History, workers: int = 1) -> Trial:
    """Search the world with so many workers, each of which tests one revision at a time."""
    bench = _Bench(world, policy, history, workers)
    decision = bench.search()
    named, answer = _judge(world, decision)
    return Trial(
        world=world.number,
        answer=answer,
        named=named,
        confidence=decision.confidence if isinstance(decision, Found) else 0.0,
        identifiable=world.identifiable,
        builds=bench.builds,
        runs=bench.runs,
        minutes=bench.minutes,
        wall_minutes=bench.clock,
        decisions=bench.decisions,
        seconds=bench.seconds,
        reason=decision.reason if isinstance(decision, Inconclusive) else "",
    )


def _judge(world: World, decision: Decision) -> tuple[bool, Answer]:
    """Whether it named anything, and how good the answer is."""
    match decision:
        case Found(sha):
            return True, Answer.RIGHT if world.is_right(sha) else Answer.WRONG
        case Inconclusive(reason=reason) if OLDER.search(reason):
            return True, Answer.RIGHT if world.culprit is None else Answer.WRONG
        case _:
            return False, Answer.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class _Job:
    """A revision in the hands of a worker."""

    probe: Probe
    evidence: Evidence
    builds: int
    began: float
    ends: float

    @property
    def sha(self) -> Sha:
        return self.probe.sha


@dataclass
class _Bench:
    """The workers, their clock and their bills."""

    world: World
    policy: Policy
    history: History
    workers: int
    evidence: list[Evidence] = field(default_factory=list)
    running: list[_Job] = field(default_factory=list)
    built: set[Sha] = field(default_factory=set)
    seen: dict[Sha, int] = field(default_factory=dict)
    """Runs so far of each revision."""
    clock: float = 0.0
    minutes: float = 0.0
    seconds: float = 0.0
    decisions: int = 0
    builds: int = 0
    runs: int = 0

    def search(self) -> Decision:
        while True:
            decision = self._hand_out()
            if decision is not None:
                self._stop()
                return decision
            if not self.running:
                raise Endless(f"nothing to test and no answer in {self.world}")
            self._finish(min(self.running, key=lambda job: job.ends))

    def _hand_out(self) -> Decision | None:
        """Give every idle worker a revision; the answer, when there is one."""
        while len(self.running) < self.workers:
            decision = self._decide()
            if not isinstance(decision, Test):
                return decision
            in_hand = {job.sha for job in self.running}
            probe = next((p for p in decision.probes if p.sha not in in_hand), None)
            if probe is None:
                return None  # the idle worker waits for what the others find
            self.running.append(self._start(probe))
        return None

    def _decide(self) -> Decision:
        self.decisions += 1
        if self.decisions > LIMIT:
            raise Endless(f"no end after {LIMIT} decisions in {self.world}")
        in_flight = [job.probe for job in self.running]
        began = time.process_time()
        decision = decide(self.history, self.evidence, self.policy, in_flight=in_flight)
        self.seconds += time.process_time() - began
        return decision

    def _start(self, probe: Probe) -> _Job:
        builds = 0 if probe.sha in self.built else 1
        cost = builds * BUILD_MINUTES
        if not self.world.builds(probe.sha):
            evidence = Evidence(probe.sha, built=False)
        else:
            outcomes = self._batch(probe)
            after = self.seen.get(probe.sha, 0)
            alike = self.world.alike(probe.sha, outcomes, after)
            evidence = Evidence(probe.sha, outcomes, alike=alike)
            cost += len(outcomes) * RUN_MINUTES
        return _Job(probe, evidence, builds, self.clock, self.clock + cost)

    def _batch(self, probe: Probe) -> list[Outcome]:
        after = self.seen.get(probe.sha, 0)
        if isinstance(self.policy, ClassicPolicy):  # it counts crashes, so it wants them all
            return [self.world.run(probe.sha, after + i) for i in range(probe.runs)]
        return self.world.batch(probe.sha, probe.runs, after)

    def _finish(self, job: _Job) -> None:
        self.running.remove(job)
        self.clock = job.ends
        self.evidence.append(job.evidence)
        self.built.add(job.sha)
        ended = len(job.evidence.outcomes)
        self.seen[job.sha] = self.seen.get(job.sha, 0) + ended
        self.minutes += job.ends - job.began
        self.builds += job.builds
        self.runs += ended

    def _stop(self) -> None:
        """The answer is there: what is still running is cancelled, and paid so far."""
        self.minutes += sum(self.clock - job.began for job in self.running)
        self.running.clear()
