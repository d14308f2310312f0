"""The probabilistic strategy from the first question to the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search import (
    BAYES,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Probe,
    Test,
    decide,
    suspects,
)
from runner.search.bayes import CREDIBLE
from runner.values import Sha
from tests.runner.search.bench import LINE, START, Bench, Lab, flaky
from tests.runner.search.graphs import (
    evidence,
    examples,
    grown,
    histories,
    line,
)

OK, CRASH, OTHER, BOOT, LOST = Outcome


def on_start(history: History, otherwise: Outcome | None) -> Lab:
    """The commit said to crash does; everything else ends alike."""
    return lambda sha, number: CRASH if sha == history.bad else otherwise


def chaos(rng: Random) -> Lab:
    """A lab that makes no sense at all."""
    builds = dict[Sha, bool]()

    def lab(sha: Sha, number: int) -> Outcome | None:
        if not builds.setdefault(sha, rng.random() < 0.8):
            return None
        return rng.choice(list(Outcome))

    return lab


NASTY: dict[str, Callable[[History, Random], Lab]] = {
    "nothing else builds": lambda history, rng: on_start(history, None),
    "nothing else boots": lambda history, rng: on_start(history, BOOT),
    "every other run is lost": lambda history, rng: on_start(history, LOST),
    "every other run crashes otherwise": lambda history, rng: on_start(history, OTHER),
    "nothing else crashes": lambda history, rng: on_start(history, OK),
    "nothing builds": lambda history, rng: lambda sha, number: None,
    "nothing boots": lambda history, rng: lambda sha, number: BOOT,
    "every run is lost": lambda history, rng: lambda sha, number: LOST,
    "everything crashes otherwise": lambda history, rng: lambda sha, number: OTHER,
    "everything crashes": lambda history, rng: lambda sha, number: CRASH,
    "nothing crashes": lambda history, rng: lambda sha, number: OK,
    "hardly ever a crash": lambda history, rng: flaky(history, history.bad, rng, 0.02, 0.01),
    "crashes everywhere now and then": lambda history, rng: (
        lambda sha, number: CRASH if rng.random() < 0.3 else OK
    ),
    "boots half of the time": lambda history, rng: (
        lambda sha, number: rng.choice((OK, CRASH, BOOT, BOOT))
    ),
    "chaos": lambda history, rng: chaos(rng),
}


@pytest.mark.parametrize("nasty", NASTY)
@examples(4)
@given(st.booleans().flatmap(lambda fix: histories(most=10, fix=fix)), st.integers(0, 99))
def test_every_search_ends_within_its_budget(nasty: str, history: History, seed: int) -> None:
    policy = replace(BAYES, budget_minutes=150.0)
    bench = Bench(history, NASTY[nasty](history, Random(seed)), policy, workers=1 + seed % 2)
    decision = bench.search()
    assert isinstance(decision, Found | Inconclusive)
    window = set(history.candidates(history.bad, [history.good] if history.good else []))
    named = [decision.sha] if isinstance(decision, Found) else decision.suspects
    assert window.issuperset(named)


@pytest.mark.parametrize("nasty", NASTY)
def test_every_search_of_a_larger_history_ends(nasty: str) -> None:
    history = grown(Random(5), 60)
    bench = Bench(history, NASTY[nasty](history, Random(6)))
    assert not isinstance(bench.search(), Test)


def test_a_revision_that_booted_once_is_not_tried_for_ever() -> None:
    def lab(sha: Sha, number: int) -> Outcome:
        place = int(sha[1:])
        if 8 <= place <= 15 and number > 0:
            return BOOT
        return CRASH if place >= 10 else OK

    bench = Bench(LINE, lab)
    assert not isinstance(bench.search(), Test)
    assert max(bench.runs.values()) < 60


@pytest.mark.parametrize("p", [1.0, 0.5])
@pytest.mark.parametrize("culprit", ["c1", "c7", "c13", "c19", "c20"])
def test_the_culprit_of_a_line_is_found_wherever_it_is(culprit: Sha, p: float) -> None:
    bench = Bench(LINE, flaky(LINE, culprit, Random(culprit), p, 0.01))
    decision = bench.search()
    assert isinstance(decision, Found)
    assert decision.sha == culprit
    assert decision.confidence >= BAYES.confidence
    assert decision.confidence == suspects(LINE, bench.known)[0][1]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_the_culprit_of_any_graph_is_found_by_one_and_by_many(seed: int, workers: int) -> None:
    rng = Random(seed)
    history = grown(rng, 60)
    culprit = rng.choice(history.candidates(history.bad, ["c0"]))
    decision = Bench(history, flaky(history, culprit, rng), workers=workers).search()
    assert isinstance(decision, Found)
    assert decision.sha == culprit


def test_the_first_question_is_whether_the_bug_shows_at_all() -> None:
    assert decide(LINE, []) == Test([Probe("c20", BAYES.calibration_runs)])
    once = Evidence("c20", [OK] * 9 + [CRASH])
    assert decide(LINE, [once]) == Test([Probe("c20", BAYES.calibration_runs - 10)])
    decision = decide(LINE, [START])
    assert isinstance(decision, Test)
    assert decision.probes[0].sha not in ("c20", "c0")


def test_a_second_worker_need_not_wait_for_the_first_answer() -> None:
    decision = decide(LINE, [], workers=2)
    assert isinstance(decision, Test)
    assert [probe.sha == "c20" for probe in decision.probes] == [True, False]


def test_when_all_that_can_be_asked_is_in_flight_it_waits() -> None:
    history = History(line(1), good="c0", bad="c1")
    decision = decide(history, [], in_flight=[Probe("c0", 9), Probe("c1", 9)])
    assert decision == Test([])


def test_nobody_is_named_unseen() -> None:
    """However sure the crashes of others are, if the commit can be tested."""
    known = [START, Evidence("c11", [CRASH] * 9), Evidence("c9", [OK] * 60)]
    history = replace(LINE, prior={"c10": 1e4})
    assert suspects(history, known)[0][1] > BAYES.confidence
    decision = decide(history, known)
    assert isinstance(decision, Test)
    assert decision.probes[0].sha == "c10"
    unbuilt = decide(history, [*known, Evidence("c10", built=False)])
    assert isinstance(unbuilt, Found)
    assert unbuilt.sha == "c10"


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_a_culprit_is_named_at_the_confidence_that_was_asked_for(confidence: float) -> None:
    policy = replace(BAYES, confidence=confidence)
    bench = Bench(LINE, flaky(LINE, "c8", Random(1), 0.6), policy)
    decision = bench.search()
    assert isinstance(decision, Found)
    assert decision.confidence >= confidence
    for seen in range(len(bench.known)):
        assert isinstance(decide(LINE, bench.known[:seen], policy), Test)


def test_a_range_that_cannot_be_tested_is_named_whole() -> None:
    broken = {"c9", "c10", "c11"}
    crashes = flaky(LINE, "c10", Random(2), 1.0)
    decision = Bench(LINE, lambda sha, n: None if sha in broken else crashes(sha, n)).search()
    assert isinstance(decision, Inconclusive)
    assert not isinstance(decision, Impossible)
    assert {"c9", "c10", "c11", "c12"} == set(decision.suspects)
    assert decision.reason


@examples(25)
@given(histories(), st.data())
def test_an_open_end_names_the_fewest_suspects_that_are_credible(
    history: History, data: st.DataObject
) -> None:
    known = [
        *data.draw(evidence(history, outcomes=(OK, CRASH))),
        Evidence(history.bad, [CRASH] * 3),
    ]
    decision = decide(history, known, replace(BAYES, budget_minutes=0.0))
    ranked = suspects(history, known)
    chances = [chance for _, chance in ranked]
    if isinstance(decision, Found):
        assert decision == Found(*ranked[0])
        assert decision.confidence >= 0.9
    else:
        assert isinstance(decision, Inconclusive)
    if isinstance(decision, Inconclusive) and decision.suspects:
        count = len(decision.suspects)
        assert list(decision.suspects) == [sha for sha, _ in ranked[:count]]
        assert sum(chances[:count]) >= CREDIBLE * sum(chances) - 1e-9
        assert sum(chances[: count - 1]) < CREDIBLE * sum(chances)


def test_a_bug_that_went_and_came_back_is_noticed() -> None:
    def lab(sha: Sha, number: int) -> Outcome:
        place = int(sha[1:])
        return CRASH if 5 <= place < 9 or place >= 14 else OK

    known = [Evidence(sha, [lab(sha, 0)] * 8) for sha in LINE.parents]
    decision = decide(LINE, known)
    assert isinstance(decision, Inconclusive)
    assert "not monotone" in decision.reason


@examples(25)
@given(histories(), st.data())
def test_neither_order_nor_parts_of_the_evidence_matter(
    history: History, data: st.DataObject
) -> None:
    known = [*data.draw(evidence(history)), Evidence(history.bad, [CRASH] * 3)]
    shuffled = data.draw(st.permutations(known))
    parts = [part for one in shuffled for part in pieces(one, data.draw(st.integers(0, 9)))]
    again = replace(history)
    assert decide(again, iter(parts), workers=2) == decide(history, known, workers=2)
    assert suspects(again, parts) == suspects(history, known)


def pieces(one: Evidence, cut: int) -> Iterable[Evidence]:
    """The same evidence in two parts; what ran was built."""
    outcomes = sorted(one.outcomes)
    built = one.built or bool(outcomes)
    return [replace(one, outcomes=some, built=built) for some in (outcomes[cut:], outcomes[:cut])]
