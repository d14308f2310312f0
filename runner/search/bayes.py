"""The probabilistic strategy: weigh every run, ask for the most telling one, stop when sure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from runner.search.ancestry import Weights
from runner.search.belief import Belief, believe
from runner.search.choice import Chooser, Option, Scenario
from runner.search.decision import (
    BayesPolicy,
    Decision,
    Evidence,
    Found,
    Impossible,
    Inconclusive,
    Probe,
    Test,
)
from runner.search.findings import Finding, findings, pooled
from runner.search.history import History
from runner.search.monotony import strain
from runner.search.rates import rates_of
from runner.search.releases import releases_before
from runner.search.terrain import survey
from runner.values import Sha

CREDIBLE = 0.95
"""The suspects that are named together hold this much probability."""
LEAST_RESOLVABLE = 0.02
"""The search is given up when the culprit is less likely than that to be told apart at all."""
PATIENCE = 5.0
"""It is given up, too, when it would take so many times the minutes that are left."""
DEAF_PATIENCE = 3
"""The commit that crashes gets so many times its runs when they tell nothing."""
UNBELIEVABLE = 10.0
"""Nats of strain at which no culprit is believed: more than one odd revision accounts for."""
RARE_SCENARIO = 0.004
"""Outcomes of probes in flight that are less likely than this are not considered."""
MOST_SCENARIOS = 32
"""Nor are more than so many at once."""


@dataclass(frozen=True)
class Search:
    """The state of a search: a pure function of history and evidence."""

    history: History
    evidence: Iterable[Evidence]
    policy: BayesPolicy
    in_flight: Sequence[Probe] = ()

    @cached_property
    def found(self) -> Sequence[Finding]:
        return findings(self.history, self.evidence)

    @cached_property
    def by_sha(self) -> dict[Sha, Finding]:
        return {one.sha: one for one in self.found}

    @cached_property
    def belief(self) -> Belief:
        return believe(self.history, self.found, self.policy)

    @cached_property
    def strain(self) -> float:
        """Nats by which one change falls short of explaining what was seen."""
        return strain(self.history, self.found, self.belief, self.policy)

    @cached_property
    def suspects(self) -> list[tuple[Sha, float]]:
        """Every commit of the window with its probability, highest first, newer first if equal."""
        ranked = np.lexsort((-self.belief.members, -self._chances))
        return [self._suspect(index) for index in ranked.tolist()]

    @cached_property
    def leading(self) -> tuple[Sha, float]:
        """The likeliest suspect."""
        return self._suspect(len(self._chances) - 1 - int(self._chances[::-1].argmax()))

    @cached_property
    def _chances(self) -> Weights:
        return self.belief.chances

    @property
    def everywhere(self) -> float:
        """The chance that the change is below all that could be tested."""
        floor = self.history.floor
        if floor is None:
            return self.belief.everywhere
        place = np.searchsorted(self.belief.members, self.history.ancestry.position[floor])
        return self.belief.everywhere + float(self._chances[place])

    def _suspect(self, index: int) -> tuple[Sha, float]:
        place = self.belief.members[index]
        return self.history.ancestry.order[place], float(self._chances[index])

    @property
    def start(self) -> Sha | None:
        """The commit that is said to crash."""
        return self.history.start

    @property
    def minutes_spent(self) -> float:
        runs = sum(one.spent for one in self.found)
        built = sum(one.broken or one.spent > 0 for one in self.found)
        return built * self.policy.build_minutes + runs * self.policy.run_minutes / self.policy.vms

    @cached_property
    def chooser(self) -> Chooser:
        terrain = survey(self.history, self.found)
        return Chooser(self.history, self.by_sha, self._counts, terrain, self.policy)

    @cached_property
    def _counts(self) -> dict[Sha, tuple[int, int]]:
        """What is known of every binary that was run, by all revisions that have it: what differs
        only by commits that cannot matter would say little that is new.

        Where signatures show that they do matter, only what was tested counts.
        """
        tested = pooled(self.found)
        if not self.history.inert:
            return tested
        ancestry, kinds = self.history.ancestry, self.history.kinds
        seen: dict[int, dict[str, tuple[int, int]]] = {}
        for one in self.found:
            kind = int(kinds[ancestry.position[one.sha]])
            seen.setdefault(kind, {})[one.binary] = tested[one.sha]
        agreeing = {kind: next(iter(by.values())) for kind, by in seen.items() if len(by) == 1}
        places = np.flatnonzero(np.isin(kinds, [*agreeing])).tolist()
        agreed = {ancestry.order[place]: agreeing[int(kinds[place])] for place in places}
        return agreed | tested

    def decide(self, workers: int) -> Decision:
        """Up to so many new probes, or the end."""
        return self.step(workers)[0]

    def step(self, workers: int) -> tuple[Decision, Sequence[Option]]:
        """The decision, with the options that its probes are."""
        ending = self._problem() or self._ending()
        if ending is not None:
            return ending, ()
        options = self.plan(workers)
        if options and self._hopeless(options[0]):
            return Inconclusive(self.credible, "the budget of time does not suffice"), ()
        if not options and not self.in_flight and workers > 0:
            return Inconclusive(self.credible, "no further run can tell them apart"), ()
        return Test([Probe(option.sha, option.runs) for option in options]), options

    def plan(self, workers: int) -> list[Option]:
        """The probes to make next, each chosen in view of those before it and in flight."""
        options = list[Option]()
        busy = {probe.sha: probe for probe in self.in_flight}
        scenarios: Sequence[Scenario] = [(1.0, self.belief)]
        for probe in self.in_flight:
            if probe.sha in self.history.ancestry.position:
                scenarios = self._expand(scenarios, probe)
        while len(options) < workers:
            option = self._required(busy) or self.chooser.best(scenarios, busy)
            if option is None:
                break
            options.append(option)
            busy[option.sha] = Probe(option.sha, option.runs)
            if len(options) < workers:
                scenarios = self._expand(scenarios, busy[option.sha])
        return options

    @cached_property
    def credible(self) -> list[Sha]:
        """The fewest suspects that together are credible."""
        chances = np.cumsum([chance for _, chance in self.suspects])
        enough = int(np.searchsorted(chances, CREDIBLE * chances[-1])) + 1 if len(chances) else 0
        return [sha for sha, _ in self.suspects[:enough]]

    def _problem(self) -> Impossible | None:
        """Why there is nothing to search."""
        if self.start is None:
            return Impossible((), "a fix bisection needs the commit that crashes")
        if not self.history.window.any():
            return Impossible((), "the good commit contains the bad one: nothing lies between them")
        if self.start not in self.by_sha:
            return None
        one = self.by_sha[self.start]
        if not one.built:
            return Impossible((), "the kernel of the commit that is said to crash does not build")
        if one.broken:
            return Impossible((), "the commit that is said to crash does not boot")
        if one.mute >= self.policy.calibration_runs and not one.runs:
            return Impossible(
                (), "the commit that is said to crash shows another crash only, or nothing at all"
            )
        if self._calibrated and not one.crashes:
            return Impossible(
                (), f"the crash was not reproduced in {one.spent} runs of the commit said to crash"
            )
        return None

    def _ending(self) -> Found | Inconclusive | None:
        if not self._calibrated:
            return None
        sure = self.policy.confidence
        if max(self.everywhere, self.belief.nowhere) >= sure:
            return self._outside((self.everywhere >= sure) != self.history.fix)
        if self.strain >= UNBELIEVABLE:
            return Inconclusive(
                self.credible,
                "the history is not monotone: no single commit explains all that was seen",
            )
        sha, chance = self.leading
        if chance >= sure and not self._unseen(sha):
            return Found(sha, chance)
        if self._depends_on_titles:
            words = "it depends on whether crashes under another title are the same bug"
            return Inconclusive(self.credible, words)
        if self.minutes_spent >= self.policy.budget_minutes:
            return Inconclusive(self.credible, "the budget of time is used up")
        if self.resolvable < LEAST_RESOLVABLE:
            return Inconclusive(self.credible, "the commits between the suspects cannot be tested")
        return None

    @property
    def _depends_on_titles(self) -> bool:
        """Whether a commit could be named if the likely titles were the bug's for sure, and another
        one if they were not: further runs will not tell.
        """
        likely = [alike.similarity for one in self.found for alike in one.likely_alike]
        if max(likely, default=1.0) >= self.policy.confidence:
            return False
        readings = [[one.read(as_bug) for one in self.found] for as_bug in (False, True)]
        chances = [believe(self.history, found, self.policy).chances for found in readings]
        sure = all(float(one.max()) >= self.policy.confidence for one in chances)
        return sure and len({int(one.argmax()) for one in chances}) > 1

    def _outside(self, far: bool) -> Inconclusive:
        """The change is not in the range: the bug is beyond its far end, or not at its start."""
        if not far:
            return Impossible((), "the commit that is said to crash does not crash")
        if self.history.fix:
            return Inconclusive((), "the crash is still not fixed")
        if self.history.good is not None:
            return Impossible((), "the good commit crashes too; give an older one")
        releases = list(releases_before(self.history.releases, self.history.bad))
        oldest = f"release, {releases[-1]}" if releases else "commit"
        return Inconclusive((), f"the crash already happened on the oldest tested {oldest}")

    @property
    def _calibrated(self) -> bool:
        one = self.by_sha.get(self.start or "")
        if one is None:
            return False
        crashes, runs = self.policy.calibration_crashes, self.policy.calibration_runs
        if one.crashes >= crashes or one.runs >= runs:
            return True
        return one.spent >= (runs if one.crashes else DEAF_PATIENCE * runs)

    def _required(self, busy: Collection[Sha]) -> Option | None:
        """What must be run whatever it tells: the commit that crashes, and whom we would name."""
        if not self._calibrated and self.start is not None and self.start not in busy:
            one = self.by_sha.get(self.start)
            runs = self.policy.calibration_runs - (one.runs if one else 0)
            return self._option(self.start, runs)
        sha, chance = self.leading
        if chance >= self.policy.confidence and self._unseen(sha) and sha not in busy:
            return self._option(sha, self.chooser.least_runs([(1.0, self.belief)]))
        return None

    def _unseen(self, sha: Sha) -> bool:
        """Nobody is named for the crashes of others alone, if a run of its own can be had."""
        one = self.by_sha.get(sha)
        heard = one.heard if one else 0
        return not heard and bool(self.chooser.testable[self.history.ancestry.position[sha]])

    def _option(self, sha: Sha, runs: int) -> Option:
        policy = self.policy
        build = policy.build_again(sha) if sha in self.by_sha else policy.build_minutes
        minutes = build + runs * policy.run_minutes / policy.vms
        return Option(sha, runs, inside=1.0, bits=0.0, minutes=minutes, buildable=1.0)

    def _expand(self, scenarios: Sequence[Scenario], probe: Probe) -> Sequence[Scenario]:
        """What would be believed after a probe: it crashes, or stays quiet."""
        row = self.history.ancestry.row(probe.sha)
        counts = self.chooser.counts.get(probe.sha, (0, 0))
        with_bug, without = rates_of(self.policy.noise).survivals(*counts)
        runs = min(probe.runs, with_bug.shape[1] - 1)
        fork = self.history.fork(probe.sha)
        expanded = list[Scenario]()
        for chance, belief in scenarios:
            had = belief.presence_above(fork)[:, None]
            silent = without[:, runs]
            quiet = had * with_bug[:, runs] + (1 - had) * silent, silent
            for told in (quiet, (1 - quiet[0], 1 - quiet[1])):
                changed, unchanged = told[::-1] if self.history.fix else told
                likely, after = belief.after(row, changed, unchanged)
                expanded.append((chance * likely, after))
        expanded.sort(key=lambda scenario: -scenario[0])
        kept = [one for one in expanded[:MOST_SCENARIOS] if one[0] >= RARE_SCENARIO]
        kept = kept or expanded[:1]
        total = sum(chance for chance, _ in kept)
        return [(chance / total, after) for chance, after in kept]

    def _hopeless(self, best: Option) -> bool:
        """Whether all that is missing would take far longer than there is time for."""
        if self.in_flight or not best.bits:
            return False
        remaining = self.policy.budget_minutes - self.minutes_spent
        return self.belief.entropy > best.rate * PATIENCE * remaining

    @cached_property
    def resolvable(self) -> float:
        """The chance that the culprit can be told from its neighbours: it and its parents build."""
        buildable = self.chooser.terrain.buildable
        children, parents = self.history.edges
        isolated = buildable.copy()
        np.minimum.at(isolated, children, buildable[parents])
        isolated *= buildable
        alone = (self._chances * isolated[self.belief.members]).sum()
        return float(alone) + self.belief.everywhere + self.belief.nowhere
