"""One search in one world: its answer, its end and its bill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runner.search import BAYES, CLASSIC, Policy
from runner.simulation import Answer, Trial, Window, World, attempt, draw, trial
from runner.simulation.trial import Endless

POLICIES = pytest.mark.parametrize("policy", [CLASSIC, BAYES], ids=["classic", "bayes"])


def perfect(window: Window, number: int, p: float = 1.0) -> World:
    """Everything builds, and nothing crashes that has no bug."""
    one = draw(window, "plain", 1, number, p, 0.0)
    return replace(one, broken=np.zeros(len(window.shas), bool))


def search(one: World, policy: Policy, workers: int = 1) -> Trial:
    return attempt(one, policy, one.window.history, workers)


@POLICIES
def test_in_a_perfect_world_the_culprit_is_found(
    kernel: Window, topics: Window, policy: Policy
) -> None:
    for window in (kernel, topics):
        for number in range(8):
            result = search(perfect(window, number), policy)
            assert (result.answer, result.named, result.identifiable) == (Answer.RIGHT, True, True)
            assert result.confidence > 0.98
            assert 9 <= result.builds <= 40


@POLICIES
def test_that_the_bug_is_older_is_an_answer(kernel: Window, policy: Policy) -> None:
    result = search(draw(kernel, "older", 1, 1, 1.0, 0.0), policy)
    assert (result.answer, result.named) == (Answer.RIGHT, True)
    assert result.reason


@POLICIES
def test_to_call_a_bug_of_the_window_older_is_wrong(kernel: Window, policy: Policy) -> None:
    """Where the good commit crashes and its descendants do not, it is called good wrongly."""
    one = perfect(kernel, 1)
    everywhere = replace(one, crash_rate=np.ones(len(kernel.shas)))
    result = search(everywhere, policy)
    assert (result.answer, result.named) == (Answer.WRONG, True)


@POLICIES
def test_a_crash_that_never_comes_leaves_no_answer(kernel: Window, policy: Policy) -> None:
    result = search(replace(perfect(kernel, 1), crash_rate=np.zeros(len(kernel.shas))), policy)
    assert (result.answer, result.named, result.confidence) == (Answer.INCONCLUSIVE, False, 0.0)


def test_a_wrong_commit_is_a_wrong_answer(kernel: Window) -> None:
    """The world says that it was another one than all its runs say."""
    one = perfect(kernel, 1)
    other = kernel.shas[0] if one.culprit != kernel.shas[0] else kernel.shas[1]
    assert search(replace(one, culprit=other), BAYES).answer == Answer.WRONG
    twice = replace(one, culprit=other, also_right=frozenset({one.culprit or ""}))
    assert search(twice, BAYES).answer == Answer.RIGHT


@POLICIES
def test_the_bill_of_one_worker_is_its_clock(kernel: Window, policy: Policy) -> None:
    one = draw(kernel, "plain", 1, 2, 0.5, 0.01)
    result = search(one, policy)
    assert result.minutes == pytest.approx(7 * result.builds + 0.7 * result.runs)
    assert result.wall_minutes == pytest.approx(result.minutes)
    assert result.decisions > result.builds
    assert result.seconds > 0


def test_a_failed_build_costs_as_much_as_another(kernel: Window) -> None:
    one = perfect(kernel, 1)
    ends = np.isin(np.arange(len(kernel.shas)), [kernel.bad, kernel.good or 0])
    result = search(replace(one, broken=~ends), BAYES)
    assert result.answer == Answer.INCONCLUSIVE
    assert result.builds > 2
    assert result.minutes == pytest.approx(7 * result.builds + 0.7 * result.runs)


def test_more_workers_are_faster_and_spend_more(topics: Window) -> None:
    worlds = [draw(topics, "plain", 1, number, 0.5, 0.01) for number in range(6)]
    alone, together = ([search(one, BAYES, workers) for one in worlds] for workers in (1, 4))
    wall = [sum(result.wall_minutes for result in some) for some in (alone, together)]
    spent = [sum(result.minutes for result in some) for some in (alone, together)]
    assert wall[1] < 0.8 * wall[0]
    assert spent[1] > spent[0]
    assert all(result.minutes <= 4 * result.wall_minutes + 1e-9 for result in together)
    right = [sum(r.answer == Answer.RIGHT for r in some) for some in (alone, together)]
    assert right[1] >= right[0] - 1


def test_a_second_worker_does_not_disturb_the_classic_search(kernel: Window) -> None:
    """It never has two revisions in hand: the second worker waits."""
    one = perfect(kernel, 1)
    alone, together = search(one, CLASSIC), search(one, CLASSIC, workers=2)
    assert (alone.builds, alone.runs, alone.wall_minutes) == (
        together.builds,
        together.runs,
        together.wall_minutes,
    )


def test_a_search_without_an_end_names_its_world(
    kernel: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LIMIT", 3)
    with pytest.raises(Endless, match="3 decisions in world 4 of seed 1"):
        search(perfect(kernel, 4), BAYES)


def test_trials_are_repeatable(kernel: Window) -> None:
    one = draw(kernel, "plain", 1, 2, 0.5, 0.01)
    again = draw(kernel, "plain", 1, 2, 0.5, 0.01)
    assert replace(search(one, BAYES), seconds=0) == replace(search(again, BAYES), seconds=0)
