"""What builds and runs cost, learnt from those that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.commands.prices import learnt
from runner.evidence_file import Record
from runner.search import BAYES, CLASSIC, BayesPolicy, Outcome


def build(seconds: float, *, built: bool = True) -> Record:
    return Record("a" * 40, seconds, built=built)


def run(seconds: float, *, first: bool = False) -> Record:
    return Record("a" * 40, seconds, outcome=Outcome.OK, status=0, first=first)


@pytest.mark.parametrize(
    ("records", "build_minutes", "run_minutes"),
    [
        ([], BAYES.build_minutes, BAYES.run_minutes),
        ([build(60)], BAYES.build_minutes, BAYES.run_minutes),
        ([build(60), run(6, first=True)], 1.0, 0.1),
        ([build(60), run(6, first=True), run(6), run(12)], 1.0, 0.15),
        # The test command builds: a checkout takes a second, the first run holds the build.
        ([build(1), run(125, first=True), run(6), run(6)], 2.0, 0.1),
        ([build(30), build(90), run(6, first=True), run(6), run(6, first=True)], 1.0, 0.1),
        # What does not build may fail early, and says nothing of a build's length.
        ([build(60), build(1, built=False), run(6, first=True), run(6)], 1.0, 0.1),
    ],
)
def test_prices_are_means(
    records: Sequence[Record], build_minutes: float, run_minutes: float
) -> None:
    policy = learnt(BAYES, records)
    assert isinstance(policy, BayesPolicy)
    assert policy.build_minutes == pytest.approx(build_minutes)
    assert policy.run_minutes == pytest.approx(run_minutes)
    assert replace(BAYES, build_minutes=0, run_minutes=0) == replace(
        policy, build_minutes=0, run_minutes=0
    )


def test_nothing_is_free() -> None:
    policy = learnt(BAYES, [build(0), run(0, first=True), run(0)])
    assert isinstance(policy, BayesPolicy)
    assert policy.build_minutes > 0
    assert policy.run_minutes > 0


def test_the_classic_strategy_has_no_prices() -> None:
    assert learnt(CLASSIC, [build(60), run(6)]) == CLASSIC
