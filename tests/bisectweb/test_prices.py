"""What a build and a run cost, learnt from a tree's own."""

from __future__ import annotations

import pytest

from bisectweb.models import Revision
from bisectweb.workflow.prices import LATEST, learnt, tree_policy
from runner.search import BAYES
from tests.factories import create_bisection, create_revision, create_run


@pytest.mark.parametrize(
    ("builds", "runs", "minutes"),
    [
        ([], [], None),
        ([60, 60], [6] * 9, None),
        ([60] * 9, [6, 6], None),
        ([60, 120, 180], [6, 12, 18], (2, 0.2)),
        ([600, 60, 60, 60], [30, 30, 30, 6], (1, 0.4)),
        ([0, 0, 0], [0, 0, 0], (1 / 6000, 1 / 6000)),
    ],
)
def test_prices_are_learnt_from_three_builds_and_three_runs(
    builds: list[float], runs: list[float], minutes: tuple[float, float] | None
) -> None:
    policy = learnt(BAYES, builds, runs)
    want = minutes or (BAYES.build_minutes, BAYES.run_minutes)
    assert (policy.build_minutes, policy.run_minutes) == pytest.approx(want)
    assert (policy.vms, policy.confidence) == (BAYES.vms, BAYES.confidence)


@pytest.mark.django_db
def test_only_real_builds_of_the_same_tree_count_and_the_latest_of_them() -> None:
    bisection, other = create_bisection(), create_bisection()
    for seconds, built, cached in [(900, False, False), (900, True, True), (0, True, False)]:
        create_revision(
            bisection=bisection, built=built, build_cached=cached, build_seconds=seconds
        )
    for _ in range(4):
        config = Revision.Role.CONFIG
        create_revision(bisection=bisection, built=True, build_seconds=900, role=config)
    strange = create_revision(bisection=other, built=True, build_seconds=900)
    create_run(revision=strange, seconds=900)
    for _ in range(3):
        revision = create_revision(bisection=bisection, built=True, build_seconds=120)
        create_run(revision=revision, seconds=900)
    for _ in range(LATEST):
        create_run(revision=revision, seconds=6)
    policy = tree_policy(bisection.bug.tree, BAYES)
    assert (policy.build_minutes, policy.run_minutes) == pytest.approx((2, 0.1))
