"""The posterior is the one of the model, worked out the slow way."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search import BAYES, BayesPolicy, Evidence, History, Outcome, suspects
from runner.search.belief import Belief, believe
from runner.search.findings import findings
from runner.search.rates import rates_of
from runner.values import Sha
from tests.runner.search.cases import COARSE
from tests.runner.search.graphs import (
    evidence,
    examples,
    grown,
    histories,
    line,
    newest_first,
    signed,
)
from tests.runner.search.reference import EVERYWHERE, NOWHERE, Joint, Reference

many = examples(40)
some = examples(20)
OK, CRASH, OTHER, BOOT, LOST = Outcome


def belief_of(history: History, known: list[Evidence], policy: BayesPolicy = BAYES) -> Belief:
    return believe(history, findings(history, known), policy)


def told(history: History, belief: Belief) -> Joint:
    """A belief as a table of hypotheses, the commits one by one."""
    order = history.ancestry.order
    rows = belief.joint[belief.classes] * belief.share[:, None]
    table = {order[place]: row for place, row in zip(belief.members.tolist(), rows, strict=True)}
    return {**table, EVERYWHERE: belief.joint[-2], NOWHERE: belief.joint[-1]}


def assert_same(found: Joint, expected: Joint, within: float = 1e-9) -> None:
    assert found.keys() == expected.keys()
    for hypothesis, row in expected.items():
        assert list(found[hypothesis]) == pytest.approx(row, rel=0, abs=within), hypothesis


@many
@given(st.data())
def test_the_posterior_is_that_of_the_model(data: st.DataObject) -> None:
    history = data.draw(histories())
    known = data.draw(evidence(history).flatmap(signed))
    expected = Reference(history, known, BAYES).joint
    assert_same(told(history, belief_of(history, known)), expected)


@many
@given(st.data())
def test_the_posterior_of_a_fix_is_that_of_the_model(data: st.DataObject) -> None:
    history = data.draw(histories(fix=True))
    known = data.draw(evidence(history))
    expected = Reference(history, known, BAYES).joint
    assert_same(told(history, belief_of(history, known)), expected)


@some
@given(st.data())
def test_its_sums_are_those_of_its_table(data: st.DataObject) -> None:
    history = data.draw(histories())
    known = data.draw(evidence(history))
    reference = Reference(history, known, BAYES)
    belief = belief_of(history, known)
    chances = {hypothesis: sum(row) for hypothesis, row in reference.joint.items()}
    rates = [sum(column) for column in zip(*reference.joint.values(), strict=True)]
    assert belief.rates.tolist() == pytest.approx(rates, abs=1e-9)
    assert (belief.everywhere, belief.nowhere) == pytest.approx(
        (chances[EVERYWHERE], chances[NOWHERE]), abs=1e-9
    )
    missing = -sum(chance * math.log2(chance) for chance in chances.values() if chance > 0)
    assert belief.entropy == pytest.approx(missing, abs=1e-6)
    for sha, contained in reference.ancestors.items():
        inside = sum(chances[one] for one in contained & reference.window)
        row = history.ancestry.row(sha)
        assert belief.inside(row).sum() == pytest.approx(inside + chances[EVERYWHERE], abs=1e-9)


@some
@given(st.data())
def test_suspects_are_the_commits_of_the_window_likeliest_first(data: st.DataObject) -> None:
    history = data.draw(histories())
    known = data.draw(evidence(history))
    joint = Reference(history, known, BAYES).joint
    named = suspects(history, known, BAYES)
    chances = [chance for _, chance in named]
    assert chances == sorted(chances, reverse=True)
    expected = {sha: sum(row) for sha, row in joint.items() if sha not in (EVERYWHERE, NOWHERE)}
    assert dict(named) == pytest.approx(expected, abs=1e-9)
    assert sum(chances) == pytest.approx(1 - sum(joint[EVERYWHERE]) - sum(joint[NOWHERE]), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_evidence_of_very_many_revisions_is_weighed_one_by_one(seed: int) -> None:
    """More tested revisions than bits in a word."""
    rng = Random(seed)
    history = grown(rng, 200)
    known = [
        Evidence(sha, rng.choices((OK, CRASH), (9, 1), k=rng.randint(1, 9)))
        for sha in rng.sample(list(history.parents), 70)
    ]
    expected = Reference(history, known, COARSE).joint
    assert_same(told(history, belief_of(history, known, COARSE)), expected)


@pytest.mark.parametrize("runs", [200, 1500])
def test_very_many_runs_neither_overflow_nor_vanish(runs: int) -> None:
    history = History(line(3), good="c0", bad="c3")
    known = [Evidence("c2", [CRASH, OK] * runs), Evidence("c1", [OK] * runs)]
    belief = belief_of(history, known)
    assert belief.joint.sum() == pytest.approx(1)
    assert suspects(history, known)[0][0] == "c2"
    assert suspects(history, known)[0][1] > 0.9


@some
@given(st.data())
def test_what_tells_nothing_changes_nothing(data: st.DataObject) -> None:
    history = data.draw(histories())
    known = data.draw(evidence(history))
    idle = data.draw(evidence(history, outcomes=(OTHER, LOST, BOOT)))
    before = told(history, belief_of(history, known))
    assert_same(told(history, belief_of(history, [*known, *idle])), before, within=0)


def test_no_evidence_leaves_the_prior() -> None:
    history = History(line(4), good="c0", bad="c4", prior={"c2": 6.0, "unheard of": 9.0})
    each = (1 - BAYES.far_end - BAYES.near_end) / 9
    assert dict(suspects(history, [])) == pytest.approx(
        {"c1": each, "c2": 6 * each, "c3": each, "c4": each}
    )


def test_no_prior_rules_a_commit_out() -> None:
    history = History(line(4), good="c0", bad="c4", prior={"c2": 0.0})
    before = dict(suspects(history, []))["c2"]
    seen = [Evidence("c2", [CRASH] * 20), Evidence("c1", [OK] * 20)]
    assert dict(suspects(history, seen))["c2"] > 100 * before > 0


@some
@given(st.data())
def test_after_an_outcome_it_is_the_posterior_with_that_outcome(data: st.DataObject) -> None:
    history = data.draw(histories(fix=data.draw(st.booleans())))
    known = data.draw(evidence(history))
    surely_had = [sha for sha in history.parents if not history.fork(sha)]
    sha = data.draw(st.sampled_from(surely_had))
    runs = data.draw(st.integers(1, 30))
    reference = Reference(history, known, BAYES)
    before, crashes = reference.counts.get(sha, (0, 0))
    likelihoods = rates_of(BAYES.noise).survivals(before, crashes)
    changed, unchanged = (table[:, runs] for table in likelihoods)
    if history.fix:
        changed, unchanged = unchanged, changed
    row = history.ancestry.row(sha)
    chance, belief = belief_of(history, known).after(row, changed, unchanged)
    expected = Reference(history, [*known, Evidence(sha, [OK] * runs)], BAYES).joint
    assert_same(told(history, belief), expected)
    assert chance == pytest.approx(reference.after(reference.joint, sha, runs, False)[0], abs=1e-9)


@some
@given(st.data())
def test_two_outcomes_one_after_the_other_are_two_outcomes(data: st.DataObject) -> None:
    history = data.draw(histories())
    reference = Reference(history, [], COARSE)
    belief = belief_of(history, [], COARSE)
    joint: Joint = reference.joint
    fresh = rates_of(COARSE.noise).survivals(0, 0)
    for sha in data.draw(st.permutations(list(history.parents)))[:3]:
        runs, crashed = data.draw(st.integers(1, 9)), data.draw(st.booleans())
        quiet = [table[:, runs] for table in fresh]
        likelihoods = [1 - table if crashed else table for table in quiet]
        chance, belief = belief.after(history.ancestry.row(sha), *likelihoods)
        expected, after = reference.after(joint, sha, runs, crashed)
        assert chance == pytest.approx(expected, abs=1e-9)
        joint = after
        assert_same(told(history, belief), joint)


def test_two_revisions_of_one_binary_share_their_runs() -> None:
    """And a commit between them is no culprit: it changed nothing."""
    history = History(line(6), good="c0", bad="c6")
    start = Evidence("c6", [CRASH] * 5)
    apart = [start, Evidence("c2", [OK] * 4, signature="a"), Evidence("c4", [OK] * 3)]
    alike = [*apart, Evidence("c4", signature="a")]
    for between in ("c3", "c4"):
        assert dict(suspects(history, alike))[between] < 1e-3
        assert dict(suspects(history, apart))[between] > 1e-3


OLD_BRANCH = newest_first(
    [
        ("start", ("x0",)),
        ("m1", ("start",)),
        ("o1", ("x1",)),
        ("o2", ("o1",)),
        ("p1", ("x1",)),
        ("q1", ("x0",)),
        ("m2", ("m1", "o2")),
        ("m3", ("m2", "p1", "q1")),
    ]
)


def ratio(history: History, known: list[Evidence], one: Sha, other: Sha) -> float:
    chances = dict(suspects(history, known))
    return chances[one] / chances[other]


def test_quiet_runs_of_an_old_branch_say_little_about_a_fix() -> None:
    """They may mean that the branch never had the bug. Of a descendant of the start they do not."""
    history = History(OLD_BRANCH, good="start", bad="m3", fix=True)
    start = Evidence("start", [CRASH] * 5)
    before = ratio(history, [start], "o1", "m1")
    young = ratio(history, [start, Evidence("m1", [OK] * 20)], "o1", "m1")
    old = ratio(history, [start, Evidence("o2", [OK] * 20)], "o1", "m1")
    assert young < before / 100
    assert before < old < before * 3


def test_one_crash_on_an_old_branch_makes_its_silence_tell() -> None:
    """What was forked at the same commits had the bug alike; what was forked elsewhere need not."""
    history = History(OLD_BRANCH, good="start", bad="m3", fix=True)
    known = [Evidence("start", [CRASH] * 5), Evidence("o2", [OK] * 20)]
    before = ratio(history, known, "o1", "m1")
    sibling = ratio(history, [*known, Evidence("p1", [CRASH] * 3)], "o1", "m1")
    elsewhere = ratio(history, [*known, Evidence("q1", [CRASH] * 3)], "o1", "m1")
    assert sibling > before * 20
    assert elsewhere == pytest.approx(before, rel=0.2)


def test_a_belief_of_no_commits_at_all_is_about_the_ends() -> None:
    history = History(line(3), good="c3", bad="c3")
    belief = belief_of(history, [Evidence("c3", [OK] * 9)])
    assert len(belief.members) == 0
    assert np.isfinite(belief.joint).all()
    assert belief.nowhere > belief.everywhere
    assert suspects(history, []) == []
