"""Why a search asks for its next runs, in a few words for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from runner.commands.screen import counted, percent
from runner.search import (
    BayesPolicy,
    ClassicPolicy,
    Evidence,
    History,
    Policy,
    Probe,
    suspects,
    trail,
)
from runner.search.decision import Phase


def why(history: History, evidence: Sequence[Evidence], policy: Policy, probe: Probe) -> str:
    if isinstance(policy, BayesPolicy):
        return _why_bayes(history, evidence, policy, probe)
    return _why_classic(history, evidence, policy)


def _why_classic(history: History, evidence: Sequence[Evidence], policy: ClassicPolicy) -> str:
    step = trail(history, evidence, policy)[-1]
    match step.phase:
        case Phase.START:
            return "is it bad?"
        case Phase.RELEASE:
            return f"is release {step.release} good?"
        case Phase.GOOD | Phase.HEAD:
            return "is it good?"
        case Phase.BASE:
            return "did its branch have the bug at all?"
        case Phase.HALVING:
            assert step.halving is not None
            left = counted(step.halving.left, "revision")
            return f"{left} left after this, roughly {counted(step.halving.steps, 'step')}"


def _why_bayes(
    history: History, evidence: Sequence[Evidence], policy: BayesPolicy, probe: Probe
) -> str:
    sha, chance = suspects(history, evidence, policy)[0]
    return f"best suspect {percent(chance)} {sha[:12]}"
