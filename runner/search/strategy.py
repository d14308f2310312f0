"""`decide` and its companions: each strategy behind one interface."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runner.search import classic
from runner.search.bayes import Search
from runner.search.decision import (
    BAYES,
    CLASSIC,
    BayesPolicy,
    ClassicPolicy,
    Decision,
    Evidence,
    Policy,
    Probe,
    Step,
)
from runner.search.history import History
from runner.values import Sha


def decide(
    history: History,
    evidence: Iterable[Evidence],
    policy: Policy = BAYES,
    workers: int = 1,
    in_flight: Sequence[Probe] = (),
) -> Decision:
    """What to do next: pure, deterministic, and the same in whatever order the evidence comes.

    A `Test` has up to `workers` probes, to be made beside those in flight; with none it says to
    wait for those. The classic strategy never has two revisions in hand.
    """
    if isinstance(policy, BayesPolicy):
        return Search(history, tuple(evidence), policy, tuple(in_flight)).decide(workers)
    return classic.decide(history, evidence, policy)


def suspects(
    history: History, evidence: Iterable[Evidence], policy: BayesPolicy = BAYES
) -> list[tuple[Sha, float]]:
    """Every commit that may be the culprit with its probability, highest first.

    They sum to less than 1 by the chance that the bug is older than the range, or not there.
    """
    return Search(history, tuple(evidence), policy).suspects


def trail(
    history: History, evidence: Iterable[Evidence], policy: ClassicPolicy = CLASSIC
) -> tuple[Step, ...]:
    """Every revision the classic search asked for so far, in its order."""
    return classic.trail(history, evidence, policy)
