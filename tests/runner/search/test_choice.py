"""The next probe is the one that tells most of the culprit per minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
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
from runner.search.bayes import Search
from runner.search.choice import LEAST_BITS, SLACK
from runner.search.halving import choose
from runner.search.rates import LONGEST_BATCH
from runner.values import Sha
from tests.runner.search.cases import (
    BY_THE_BUILD,
    CERTAIN,
    COARSE,
    FORKED,
    build_minutes,
    cases,
    only,
    runnable,
)
from tests.runner.search.graphs import examples, grown, histories, line
from tests.runner.search.reference import Joint, Outlook, Reference

OK, CRASH, OTHER, BOOT, LOST = Outcome
many = examples(25)


def worth(outlook: Outlook, policy: BayesPolicy, buildable: float) -> dict[int, float]:
    """Bits per minute of every length of a batch, by enumeration of its outcomes."""
    build = build_minutes(outlook.reference, outlook.sha)
    table = {}
    for runs in range(1, LONGEST_BATCH + 1):
        minutes = build + outlook.waves(runs, policy.vms) * policy.run_minutes * buildable
        table[runs] = buildable * outlook.bits(runs) / minutes
    return table


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


def test_of_an_old_branch_that_stayed_quiet_less_is_left_to_tell() -> None:
    """If the fix is not in what was quiet, then the branch never had the bug: nothing to see."""
    known = [Evidence("start", [CRASH] * 3), Evidence("o1", [OK] * 20)]
    search, reference = Search(FORKED, known, COARSE), Reference(FORKED, known, COARSE)
    option = only(search, "o2")
    bits = 0.0 if option is None else option.bits / option.buildable
    runs = option.runs if option else LONGEST_BATCH
    expected = Outlook(reference, reference.joint, "o2", runs).bits(runs)
    assert bits == pytest.approx(expected, abs=0.1 * expected + 2 * LEAST_BITS)


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


@examples(60)
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
