"""Where only one build is kept, to come back to a revision costs a build, and that is weighed."""

from __future__ import annotations

import random
from dataclasses import replace

from runner.search import BAYES, Evidence, Found, History, Outcome, Test, decide
from runner.values import Sha
from tests.runner.search.worlds import history

LINE = "\n".join(f"c{n}: c{n - 1}" for n in range(60, 0, -1)) + "\nc0:"


def builds(world: History, culprit: Sha, seed: int, *, told: bool) -> int:
    """How often a search checks out and builds, where the last build only is kept."""
    rng = random.Random(seed)
    evidence: list[Evidence] = []
    ready, count = "", 0
    while True:
        policy = replace(BAYES, ready=frozenset({ready}) if told else None)
        decision = decide(world, evidence, policy)
        if not isinstance(decision, Test):
            assert decision == Found(culprit, getattr(decision, "confidence", 0))
            return count
        for probe in decision.probes:
            count += probe.sha != ready
            ready = probe.sha
            outcomes: list[Outcome] = []
            while len(outcomes) < probe.runs and Outcome.CRASH not in outcomes:
                crashes = world.contains(ready, culprit) and rng.random() < 0.3
                outcomes.append(Outcome.CRASH if crashes else Outcome.OK)
            evidence.append(Evidence(ready, outcomes))


def test_a_search_that_knows_it_comes_back_less_often() -> None:
    world = history(LINE, good="c0")
    naive = sum(builds(world, "c23", seed, told=False) for seed in range(8))
    told = sum(builds(world, "c23", seed, told=True) for seed in range(8))
    assert told < 0.85 * naive
