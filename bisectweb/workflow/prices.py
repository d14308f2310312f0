"""What a build and a run cost here: the search weighs them against what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median

from bisectweb.models import Revision, Run, Tree
from runner.search import BayesPolicy

ENOUGH = 3
"""Builds, and runs, to learn a price from."""
LATEST = 50
"""So many are looked at: configs, trees and machines change."""
LEAST_MINUTES = 1 / 6000
"""Nothing is free: a hundredth of a second."""


def tree_policy(tree: Tree, policy: BayesPolicy) -> BayesPolicy:
    """The policy with the prices of the tree's own builds and runs."""
    # Another config is a build from nothing; the search asks for the next one of the same.
    builds = Revision.objects.filter(
        bisection__bug__tree=tree, built=True, build_cached=False, build_seconds__gt=0
    ).exclude(role=Revision.Role.CONFIG)
    # Those of an imported log were run elsewhere, and nobody knows how long they took.
    runs = Run.objects.filter(revision__bisection__bug__tree=tree, seconds__gte=0, taken_from=None)
    times = runs.order_by("-pk").values_list("seconds", flat=True)[:LATEST]
    return learnt(
        policy,
        list(builds.order_by("-pk").values_list("build_seconds", flat=True)[:LATEST]),
        [seconds for seconds in times if seconds is not None],
    )


def learnt(policy: BayesPolicy, builds: Sequence[float], runs: Sequence[float]) -> BayesPolicy:
    """The policy with the prices that these times, in seconds, show; unchanged if they are few.

    One price alone would be compared with a default from another world, so it is both or none.
    Of builds the median counts: one from nothing takes many times longer than the next. Of runs
    it is the mean, as a run that crashes is over soon and one that does not lasts.
    """
    if len(builds) < ENOUGH or len(runs) < ENOUGH:
        return policy
    return replace(
        policy,
        build_minutes=max(LEAST_MINUTES, median(builds) / 60),
        run_minutes=max(LEAST_MINUTES, fmean(runs) / 60),
    )
