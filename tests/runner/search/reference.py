"""The search's mathematics the slow way: every commit, every rate, every outcome. Plain Python.

Only the numbers of the policy, and constants with a name, are the engine's; the formulas are
written again from the model: a revision has the change if and only if the culprit is among its
ancestors; with the bug it crashes at an unknown rate, without it at an unknown background rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

from runner.search import BayesPolicy, Evidence, History, Outcome
from runner.search.belief import HALF_LIFE, LEAST_WEIGHT, OLD_BASE, SAME_BINARY
from runner.search.rates import Noise
from runner.search.releases import releases_before
from runner.values import Sha
from tests.runner.search.graphs import walk

EVERYWHERE, NOWHERE = "everywhere", "nowhere"
"""The hypotheses that are no commits."""

Joint: TypeAlias = Mapping[str, Sequence[float]]
"""For each hypothesis, its probability together with each point of the grid of rates."""


@cache
def grid(noise: Noise) -> list[tuple[float, float, float]]:
    """Crash rate, background rate and prior probability of every pair."""
    pairs = [
        (p, q, weight * other)
        for p, weight in zip(noise.crash_rates, noise.crash_weights, strict=True)
        for q, other in zip(noise.background_rates, noise.background_weights, strict=True)
    ]
    total = sum(weight for _, _, weight in pairs)
    return [(p, q, weight / total) for p, q, weight in pairs]


@cache
def likelihood(noise: Noise, p: float, q: float, counts: tuple[int, int], bug: bool) -> float:
    """Of one sequence of (runs, crashes) of a revision that has the bug, or has not."""
    runs, crashes = counts
    background = q**crashes * (1 - q) ** (runs - crashes)
    if not bug:
        logs = math.lgamma(crashes + 1) + math.lgamma(runs - crashes + 1) - math.lgamma(runs + 2)
        return (1 - noise.foreign) * background + noise.foreign * math.exp(logs)
    mean = 1 - (1 - p) * (1 - q)
    size = max(noise.least_size, (1 - p) / (noise.spread * p))
    a, b = mean * size, (1 - mean) * size
    logs = math.lgamma(a + crashes) - math.lgamma(a)
    logs += math.lgamma(b + runs - crashes) - math.lgamma(b)
    logs += math.lgamma(a + b) - math.lgamma(a + b + runs)
    return (1 - noise.masked) * math.exp(logs) + noise.masked * background


@dataclass(frozen=True)
class Reference:
    """What is to be believed after some evidence, and what one more batch would tell."""

    history: History
    evidence: Sequence[Evidence]
    policy: BayesPolicy

    @cached_property
    def ancestors(self) -> dict[Sha, frozenset[Sha]]:
        return {sha: walk(self.history.parents, sha) for sha in self.history.parents}

    @cached_property
    def window(self) -> frozenset[Sha]:
        good = self.history.good
        inside = self.ancestors[self.history.bad]
        return inside if good is None else inside - self.ancestors[good]

    def has_bug(self, hypothesis: str, sha: Sha) -> bool:
        """In a fix bisection the change takes the bug away; on branches without it there is none:
        see `_base`."""
        changed = hypothesis == EVERYWHERE or hypothesis in self.ancestors[sha]
        return changed != self.history.fix

    @cached_property
    def prior(self) -> dict[str, float]:
        tested = set(releases_before(self.history.releases, self.history.bad).values())
        if self.history.good is not None:
            tested = set()
        given = self.history.prior or {}
        weights = {}
        for sha in self.window:
            since = sum(sha in self.ancestors[release] for release in tested)
            weights[sha] = 0.5 ** (since / HALF_LIFE) * given.get(sha, 1.0)
        least = LEAST_WEIGHT * max(weights.values())
        weights = {sha: max(weight, least) for sha, weight in weights.items()}
        policy, total = self.policy, sum(weights.values())
        far = policy.open_end if self.history.good is None else policy.far_end
        known = 1 - far - policy.near_end
        ends = (far, policy.near_end)
        everywhere, nowhere = reversed(ends) if self.history.fix else ends
        inside = {sha: known * weight / total for sha, weight in weights.items()}
        return {**inside, EVERYWHERE: everywhere, NOWHERE: nowhere}

    @cached_property
    def counts(self) -> dict[Sha, tuple[int, int]]:
        """(Runs that tell something, crashes like the bug) of every revision that was seen."""
        counts: dict[Sha, tuple[int, int]] = {}
        for one in self.evidence:
            if one.sha in self.history.parents:
                ok, crashes = (list(one.outcomes).count(o) for o in (Outcome.OK, Outcome.CRASH))
                runs, before = counts.get(one.sha, (0, 0))
                counts[one.sha] = (runs + ok + crashes, before + crashes)
        return counts

    @cached_property
    def binaries(self) -> list[list[Sha]]:
        """The revisions whose binary ran, those of one binary together, whoever ran it."""
        signature = {one.sha: one.signature for one in self.evidence if one.signature}
        grouped: dict[str, list[Sha]] = {}
        for sha in self.counts:
            binary = f"of {signature[sha]}" if sha in signature else sha
            grouped.setdefault(binary, []).append(sha)
        return [binary for binary in grouped.values() if self._pooled(binary)[0]]

    def _base(self, sha: Sha) -> frozenset[Sha] | None:
        """In a fix bisection, where a revision without the start was forked from commits outside.

        Whether the bug was in those commits already is unknown, and the same for all that were
        forked there. None: the revision surely had the bug before its fix.
        """
        inside = self.ancestors[sha]
        if not self.history.fix or self.history.good in inside:
            return None
        parents = {parent for one in inside for parent in self.history.parents[one]}
        return frozenset(parents - set(self.history.parents))

    def told(self, hypothesis: str, binary: Sequence[Sha], p: float, q: float) -> float:
        """The likelihood of all runs of a binary. Two revisions of one binary hardly differ."""
        counts = self._pooled(binary)
        states = {self.has_bug(hypothesis, sha) for sha in binary}
        either = [likelihood(self.policy.noise, p, q, counts, bug) for bug in states]
        return max(either) * (SAME_BINARY if len(states) == 2 else 1.0)

    def _pooled(self, binary: Iterable[Sha]) -> tuple[int, int]:
        runs, crashes = zip(*(self.counts[sha] for sha in binary), strict=True)
        return sum(runs), sum(crashes)

    @cached_property
    def joint(self) -> dict[str, list[float]]:
        """The posterior; it sums to 1."""
        seen = {
            hypothesis: [self.seen(hypothesis, p, q) for p, q, _ in grid(self.policy.noise)]
            for hypothesis in self.prior
        }
        most = max(map(max, seen.values()))
        weights = [weight for _, _, weight in grid(self.policy.noise)]
        raw = {
            hypothesis: [
                chance * weight * math.exp(logs - most)
                for weight, logs in zip(weights, seen[hypothesis], strict=True)
            ]
            for hypothesis, chance in self.prior.items()
        }
        return normalised(raw)[1]

    def seen(self, hypothesis: str, p: float, q: float) -> float:
        """The logarithm of the likelihood of all evidence."""
        surely = 0.0
        forked: dict[frozenset[Sha], tuple[float, float]] = {}
        for binary in self.binaries:
            told = self.told(hypothesis, binary, p, q)
            bases = [self._base(sha) for sha in binary]
            base = None if None in bases else bases[0]
            if base is None:
                surely += math.log(told)
            else:
                never = likelihood(self.policy.noise, p, q, self._pooled(binary), False)
                had, had_not = forked.get(base, (1.0, 1.0))
                forked[base] = (had * told, had_not * never)
        for had, had_not in forked.values():
            surely += math.log(OLD_BASE * had + (1 - OLD_BASE) * had_not)
        return surely

    @cached_property
    def _more(self) -> dict[tuple[Sha, int, int], Reference]:
        return {}

    def with_runs(self, sha: Sha, quiet: int, crashes: int) -> Reference:
        """The same after some more runs of a revision."""
        more = sha, quiet, crashes
        if more not in self._more:
            seen = Evidence(sha, [Outcome.OK] * quiet + [Outcome.CRASH] * crashes)
            self._more[more] = Reference(self.history, [*self.evidence, seen], self.policy)
        return self._more[more]

    def first_crashes(self, hypothesis: str, sha: Sha, point: int, runs: int) -> list[float]:
        """The chances that run 1, 2, ... of the next batch is the first to crash; then: that none.

        As given a hypothesis, a point of the grid, and all that was seen before.
        """
        p, q, _ = grid(self.policy.noise)[point]
        before = self.seen(hypothesis, p, q)

        def chance(quiet: int, crashes: int) -> float:
            after = self.with_runs(sha, quiet, crashes)
            return math.exp(after.seen(hypothesis, p, q) - before)

        return [*(chance(run, 1) for run in range(runs)), chance(runs, 0)]

    def after(self, joint: Joint, sha: Sha, runs: int, crashed: bool) -> tuple[float, Joint]:
        """The chance that a batch crashes (stays quiet), and what is to be believed then."""
        raw = {}
        for hypothesis, row in joint.items():
            quiet = [self.first_crashes(hypothesis, sha, g, runs)[-1] for g in range(len(row))]
            raw[hypothesis] = [
                x * (1 - silent if crashed else silent)
                for x, silent in zip(row, quiet, strict=True)
            ]
        return normalised(raw)


def normalised(raw: Joint) -> tuple[float, dict[str, list[float]]]:
    total = sum(map(sum, raw.values()))
    return total, {key: [x / total for x in row] for key, row in raw.items()}


@dataclass(frozen=True)
class Outlook:
    """What a batch of one revision tells of the culprit, by enumeration of all its outcomes."""

    reference: Reference
    joint: Joint
    sha: Sha
    longest: int

    @cached_property
    def _firsts(self) -> dict[str, list[float]]:
        """For each hypothesis: that it holds and that run 1, 2, ... is the first to crash."""
        found = {}
        for hypothesis, row in self.joint.items():
            sums = [0.0] * (self.longest + 1)
            for g, weight in enumerate(row):
                firsts = self.reference.first_crashes(hypothesis, self.sha, g, self.longest)
                sums = [x + weight * first for x, first in zip(sums, firsts, strict=True)]
            found[hypothesis] = sums
        return found

    def outcomes(self, runs: int) -> Joint:
        """The joint probabilities of hypothesis and outcome for a batch of so many runs."""
        return {
            hypothesis: [*firsts[:runs], sum(firsts[runs:])]
            for hypothesis, firsts in self._firsts.items()
        }

    def _columns(self, runs: int) -> list[float]:
        """The probabilities of the outcomes."""
        return [sum(column) for column in zip(*self.outcomes(runs).values(), strict=True)]

    def bits(self, runs: int) -> float:
        """The mutual information of the culprit and the outcome."""
        columns = self._columns(runs)
        return math.fsum(
            both * math.log2(both / (sum(row) * column))
            for row in self.outcomes(runs).values()
            for both, column in zip(row, columns, strict=True)
            if both > 0
        )

    def waves(self, runs: int, vms: int) -> float:
        """How many times all VMs are expected to be started; none once a run has crashed."""
        columns = self._columns(runs)
        done = [*range(1, runs + 1), runs]
        waves = [-(-run // vms) for run in done]
        return math.fsum(x * wave for x, wave in zip(columns, waves, strict=True))
