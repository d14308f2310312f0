"""Several probes at once complement each other, and what is in flight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runner.search import BAYES, Evidence, History, Outcome, Probe, Test, decide
from runner.search.bayes import RARE_SCENARIO, Search
from runner.search.choice import Scenario
from runner.values import Sha
from tests.runner.search.cases import (
    CERTAIN,
    COARSE,
    FORKED,
    build_minutes,
    cases,
    runnable,
)
from tests.runner.search.graphs import examples, grown, line
from tests.runner.search.reference import Outlook, Reference

OK, CRASH = Outcome.OK, Outcome.CRASH
many = examples(25)


@many
@given(cases())
def test_the_second_of_two_probes_adds_most_to_the_first(case: tuple[Search, Reference]) -> None:
    search, reference = case
    assume(search.leading[1] < search.policy.confidence)
    options = search.plan(2)
    assume(len(options) == 2)
    first, second = options
    assert second.sha != first.sha
    first_outcomes = [
        reference.after(reference.joint, first.sha, first.runs, crashed)
        for crashed in (True, False)
    ]
    assume(min(chance for chance, _ in first_outcomes) > RARE_SCENARIO)

    def joint_rate(sha: Sha, runs: int, buildable: float) -> tuple[float, float]:
        """Bits that a batch adds to the first probe's outcome, and them per minute."""
        bits, minutes = 0.0, build_minutes(reference, sha)
        for chance, joint in first_outcomes:
            outlook = Outlook(reference, joint, sha, runs)
            bits += chance * buildable * outlook.bits(runs)
            waves = outlook.waves(runs, search.policy.vms)
            minutes += chance * buildable * waves * search.policy.run_minutes
        return bits, bits / minutes

    bits, rate = joint_rate(second.sha, second.runs, second.buildable)
    assert second.bits == pytest.approx(bits, abs=1e-6)
    assert second.rate == pytest.approx(rate, rel=1e-4)
    scenarios = search._expand([(1.0, search.belief)], Probe(first.sha, first.runs))
    for sha in set(runnable(reference)) - {first.sha}:
        other = search.chooser.best(scenarios, set(search.history.parents) - {sha})
        if other is not None:
            assert second.rate >= joint_rate(sha, other.runs, other.buildable)[1] - 1e-6


@many
@given(cases())
def test_what_is_in_flight_counts_like_what_was_just_asked_for(
    case: tuple[Search, Reference],
) -> None:
    search, _ = case
    both = search.plan(2)
    assume(len(both) == 2)
    flying = [Probe(both[0].sha, both[0].runs)]
    later = Search(search.history, search.evidence, search.policy, flying)
    assert later.plan(1) == both[1:]


def test_a_crash_of_an_old_branch_in_flight_is_half_as_likely() -> None:
    start = Evidence("start", [CRASH] * 3)
    search, reference = Search(FORKED, [start], COARSE), Reference(FORKED, [start], COARSE)
    crash, _ = reference.after(reference.joint, "o1", 9, True)
    expected = sorted((crash, 1 - crash))
    found = [chance for chance, _ in search._expand([(1.0, search.belief)], Probe("o1", 9))]
    assert sorted(found) == pytest.approx(expected, abs=1e-6)


@many
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(0, 4))
def test_no_revision_is_in_two_hands(seed: int, workers: int, flying: int) -> None:
    rng = Random(seed)
    history = grown(rng, 40)
    in_flight = [Probe(sha, rng.randint(1, 30)) for sha in rng.sample([*history.parents], flying)]
    known = [Evidence(history.bad, [CRASH] * 3)] if rng.random() < 0.7 else []
    decision = decide(history, known, BAYES, workers, in_flight)
    assert isinstance(decision, Test)
    asked = [probe.sha for probe in decision.probes]
    assert len({*asked, *(probe.sha for probe in in_flight)}) == len(asked) + len(in_flight)
    assert 0 < len(asked) <= workers
    assert all(probe.runs > 0 for probe in decision.probes)


def test_the_half_that_is_in_flight_is_not_asked_for_again() -> None:
    history = History(line(64), good="c0", bad="c64")
    known = [Evidence("c64", [CRASH] * 3)]
    decision = decide(history, known, CERTAIN)
    assert decision == Test([Probe("c32", 1)])
    second = decide(history, known, CERTAIN, in_flight=decision.probes)
    assert isinstance(second, Test)
    assert second.probes[0].sha in ("c16", "c48")
    three = decide(history, known, CERTAIN, workers=3)
    assert isinstance(three, Test)
    assert sorted(probe.sha for probe in three.probes) == ["c16", "c32", "c48"]


@pytest.mark.parametrize("start", [[CRASH] * 6, [OK] * 14 + [CRASH] * 6, [OK] * 54 + [CRASH] * 6])
def test_what_is_in_flight_is_expected_to_change_no_odds(start: Sequence[Outcome]) -> None:
    """The beliefs that its outcomes may leave average to the belief there is."""
    history = History(line(400), good="c0", bad="c400")
    search = Search(history, [Evidence("c400", start)], BAYES)
    options = search.plan(8)
    assert len({option.sha for option in options}) == 8
    scenarios: Sequence[Scenario] = [(1.0, search.belief)]
    for option in options:
        scenarios = search._expand(scenarios, Probe(option.sha, option.runs))
    expected = np.sum([chance * belief.chances for chance, belief in scenarios], axis=0)
    assert np.abs(expected - search.belief.chances).sum() / 2 < 0.1


@pytest.mark.parametrize("flying", [8, 40])
def test_no_number_of_open_outcomes_brings_the_choice_down(flying: int) -> None:
    """Each is like a coin, so that every scenario is rare."""
    coins = replace(CERTAIN.noise, crash_rates=(0.5,))
    policy = replace(CERTAIN, noise=coins)
    history = History(line(400), good="c0", bad="c400")
    in_flight = [Probe(f"c{n}", 1) for n in range(399, 399 - flying, -1)]
    decision = decide(history, [Evidence("c400", [CRASH] * 3)], policy, 2, in_flight)
    assert isinstance(decision, Test)
