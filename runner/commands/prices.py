"""What a build and a run take on this machine, learnt from those that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from runner.evidence_file import Record
from runner.search import BayesPolicy, Policy

LEAST_MINUTES = 1e-5
"""No price is nothing, as bits are counted for each minute."""


def learnt(policy: Policy, records: Sequence[Record]) -> Policy:
    """The policy with this machine's mean prices, as far as they are known.

    Where the test command builds, too, the first run after a checkout holds the build: what it
    takes longer than the runs after it belongs to the price of the build.
    """
    builds = [one.seconds for one in records if one.outcome is None and one.built]
    first = [one.seconds for one in records if one.outcome is not None and one.first]
    later = [one.seconds for one in records if one.outcome is not None and not one.first]
    if not isinstance(policy, BayesPolicy) or not builds or not first:
        return policy
    run = fmean(later or first)
    build = fmean(builds) + max(0.0, fmean(first) - run)
    return replace(
        policy,
        build_minutes=max(LEAST_MINUTES, build / 60),
        run_minutes=max(LEAST_MINUTES, run / 60),
    )
