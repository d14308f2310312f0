"""The next probe is the one that tells most of the culprit per minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runner.search import (
    BAYES,
    BayesPolicy,
    Evidence,
    Found,
    History,
    Outcome,
    Probe,
    Test,
    decide,
)
from runner.search.bayes import RARE_SCENARIO, Search
from runner.search.choice import LEAST_BITS, SLACK, Option, Scenario
from runner.search.halving import choose
from runner.search.rates import LONGEST_BATCH, NOISE, Noise
from runner.values import Sha
from tests.runner.search.graphs import evidence, grown, histories, line
from tests.runner.search.reference import Joint, Outlook, Reference

OK, CRASH, OTHER, BOOT, LOST = Outcome
many = settings(deadline=None, max_examples=25)
COARSE = replace(
    BAYES,
    noise=replace(
        NOISE,
        crash_rates=(0.1, 0.5, 0.95),
        crash_weights=(1.0, 2.0, 1.0),
        background_rates=(0.002, 0.03),
        background_weights=(0.8, 0.2),
    ),
)
"""Few rates, so that all outcomes can be listed."""
CERTAIN = replace(
    BAYES,
    far_end=0.0,
    near_end=0.0,
    build_minutes=0.0,
    run_minutes=1.0,
    noise=Noise(
        crash_rates=(1.0,),
        crash_weights=(1.0,),
        background_rates=(0.0,),
        background_weights=(1.0,),
        masked=0,
        foreign=0,
    ),
)
"""Every revision with the bug crashes, and no other one; every step costs the same."""
BY_THE_BUILD = replace(CERTAIN, build_minutes=1.0, run_minutes=1e-7)
"""The same where only builds cost anything."""
policies = st.builds(
    replace,
    st.just(COARSE),
    build_minutes=st.sampled_from((0.5, 7.0, 60.0)),
    run_minutes=st.sampled_from((0.1, 0.7, 5.0)),
    vms=st.sampled_from((1, 1, 3, 10)),
)


def only(search: Search, sha: Sha) -> Option | None:
    """The best batch of one revision; None if no batch of it is worth anything."""
    others = set(search.history.parents) - {sha}
    return search.chooser.best([(1.0, search.belief)], others)


def worth(outlook: Outlook, policy: BayesPolicy, buildable: float) -> dict[int, float]:
    """Bits per minute of every length of a batch, by enumeration of its outcomes."""
    fresh = outlook.sha not in {one.sha for one in outlook.reference.evidence}
    build = policy.build_minutes if fresh else 0.0
    table = {}
    for runs in range(1, LONGEST_BATCH + 1):
        minutes = build + outlook.waves(runs, policy.vms) * policy.run_minutes * buildable
        table[runs] = buildable * outlook.bits(runs) / minutes
    return table


@st.composite
def cases(draw: st.DrawFn, fix: bool = False) -> tuple[Search, Reference]:
    """A search after some runs, with a start that is known to crash."""
    history = replace(draw(histories(most=6, fix=fix)), releases={})
    known = draw(evidence(history, outcomes=(OK, CRASH)))
    start = history.good if fix else history.bad
    assert start is not None
    seen = [Evidence(one.sha, one.outcomes) for one in known] + [Evidence(start, [CRASH] * 3)]
    policy = draw(policies)
    return Search(history, seen, policy), Reference(history, seen, policy)


def runnable(reference: Reference) -> list[Sha]:
    """Where a run may tell something, and surely tells what it seems to tell."""
    history = reference.history
    places = reference.window | {history.good} | set(reference.counts)
    return [sha for sha in history.parents if sha in places and not history.fork(sha)]


def outlooks(reference: Reference, joint: Joint) -> dict[Sha, Outlook]:
    return {sha: Outlook(reference, joint, sha, LONGEST_BATCH) for sha in runnable(reference)}


@many
@given(st.booleans().flatmap(cases))
def test_bits_minutes_and_length_are_those_of_all_outcomes_listed(
    case: tuple[Search, Reference],
) -> None:
    search, reference = case
    least = search.chooser.least_runs([(1.0, search.belief)])
    for sha, outlook in outlooks(reference, reference.joint).items():
        option = only(search, sha)
        if option is None:
            in_vain = outlook.bits(LONGEST_BATCH) < 1.5 * LEAST_BITS
            assert in_vain or sha in search.by_sha
            continue
        table = worth(outlook, search.policy, option.buildable)
        assert option.bits == pytest.approx(option.buildable * outlook.bits(option.runs), abs=1e-6)
        assert option.rate == pytest.approx(table[option.runs], rel=1e-4)
        worthwhile = [runs for runs in table if table[runs] > (1 - SLACK) * max(table.values())]
        assert option.runs == max(least, worthwhile[-1])
        inside = (sum(row) for one, row in reference.joint.items() if contains(reference, sha, one))
        assert option.inside == pytest.approx(sum(inside), abs=1e-9)


def contains(reference: Reference, sha: Sha, hypothesis: str) -> bool:
    """Whether a revision has the change."""
    return reference.has_bug(hypothesis, sha) != reference.history.fix


@many
@given(st.data())
def test_of_an_old_branch_nobody_knows_whether_it_had_the_bug(data: st.DataObject) -> None:
    """Half of what its silence says of a fix, at first."""
    history = data.draw(histories(most=6, fix=True))
    start = Evidence(history.good or "", [CRASH] * 3)
    search, reference = Search(history, [start], COARSE), Reference(history, [start], COARSE)
    forked = sorted(sha for sha in reference.window if history.fork(sha))
    assume(forked)
    sha = data.draw(st.sampled_from(forked))
    option = only(search, sha)
    assume(option is not None)
    assert option is not None
    bits = Outlook(reference, reference.joint, sha, LONGEST_BATCH).bits(option.runs)
    assert option.bits == pytest.approx(option.buildable * bits, abs=1e-6)


@many
@given(cases())
def test_no_other_probe_tells_more_per_minute(case: tuple[Search, Reference]) -> None:
    search, reference = case
    best = search.chooser.best([(1.0, search.belief)], ())
    assume(best is not None)
    assert best is not None
    least = search.chooser.least_runs([(1.0, search.belief)])
    for sha, outlook in outlooks(reference, reference.joint).items():
        option = only(search, sha)
        if option is not None:
            table = worth(outlook, search.policy, option.buildable)
            rates = [rate for runs, rate in table.items() if runs >= least]
            assert best.rate >= (1 - SLACK) * max(rates) - 1e-9


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
        fresh = sha not in {one.sha for one in search.evidence}
        bits, minutes = 0.0, search.policy.build_minutes if fresh else 0.0
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


def split(history: History, candidates: Sequence[Sha], sha: Sha) -> int:
    """The smaller of the two parts that a verdict on a revision leaves."""
    inside = len(set(history.candidates(sha, ())) & set(candidates))
    return min(inside, len(candidates) - inside)


def without_noise(history: History, culprit: Sha) -> None:
    """A whole search, each of whose steps is as good as git's."""
    known = [Evidence(history.bad, [CRASH] * 3)]
    bad, goods = history.bad, [history.good or ""]
    while len(candidates := history.candidates(bad, goods)) > 1:
        decision = decide(history, known, BY_THE_BUILD)
        assert isinstance(decision, Test)
        (probe,) = decision.probes
        gits = split(history, candidates, choose(history, bad, goods, ()).sha)
        best = max(split(history, candidates, sha) for sha in history.candidates(history.bad, ()))
        assert split(history, candidates, probe.sha) == best >= gits
        if probe.sha in candidates:
            assert best == gits
        crashes = history.contains(probe.sha, culprit)
        known.append(Evidence(probe.sha, [CRASH if crashes else OK]))
        if crashes and probe.sha in candidates:
            bad = probe.sha
        elif not crashes:
            goods.append(probe.sha)
        else:
            return  # a revision beside the range: git has no such step
    assert_named(history, known, culprit)


def assert_named(history: History, known: Sequence[Evidence], culprit: Sha) -> None:
    decision = decide(history, known, BY_THE_BUILD)
    if isinstance(decision, Test):  # nobody is named unseen
        assert [probe.sha for probe in decision.probes] == [culprit]
        decision = decide(history, [*known, Evidence(culprit, [CRASH])], BY_THE_BUILD)
    assert isinstance(decision, Found)
    assert decision.sha == culprit


@settings(deadline=None, max_examples=60)
@given(histories(most=12), st.data())
def test_without_noise_every_step_is_as_good_as_gits(history: History, data: st.DataObject) -> None:
    assume(history.good is not None)
    culprits = sorted(set(history.candidates(history.bad, [history.good or ""])))
    without_noise(replace(history, prior=None), data.draw(st.sampled_from(culprits)))


@pytest.mark.parametrize("seed", range(12))
def test_without_noise_every_step_in_larger_histories_is_as_good_as_gits(seed: int) -> None:
    rng = Random(seed)
    history = grown(rng, 150)
    without_noise(history, rng.choice(history.candidates(history.bad, ["c0"])))


def test_one_run_is_enough_when_every_run_crashes() -> None:
    history = History(line(4), good="c0", bad="c4")
    known = [Evidence("c4", [CRASH] * 3)]
    for sha in ("c2", "c1"):
        assert decide(history, known, CERTAIN) == Test([Probe(sha, 1)])
        known.append(Evidence(sha, [CRASH]))


def test_a_kernel_that_is_there_is_worth_a_detour() -> None:
    history = History(line(64), good="c0", bad="c64")
    known = [Evidence("c64", [CRASH] * 3)]
    policy = replace(CERTAIN, build_minutes=2.0)
    for cached, asked in (("c28", "c28"), ("c2", "c32")):
        decision = decide(history, [*known, Evidence(cached)], policy)
        assert decision == Test([Probe(asked, 1)])


def test_dear_builds_make_for_long_batches() -> None:
    history = History(line(64), good="c0", bad="c64")
    known = [Evidence("c64", [OK] * 9 + [CRASH] * 3)]

    def asked(build: float, run: float, vms: int = 1) -> int:
        policy = replace(BAYES, build_minutes=build, run_minutes=run, vms=vms)
        decision = decide(history, known, policy)
        assert isinstance(decision, Test)
        return decision.probes[0].runs

    assert asked(0.5, 0.7) < asked(7.0, 0.7) < asked(70.0, 0.7)
    assert asked(7.0, 7.0) < asked(7.0, 0.7)
    assert asked(7.0, 0.7, vms=10) % 10 == 0
