"""Why a search asks for its next runs, in a few words for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from runner.commands.screen import counted, lasting, percent
from runner.search import (
    BayesPolicy,
    ClassicPolicy,
    Evidence,
    Explanation,
    History,
    Policy,
    explain,
    trail,
)
from runner.search.decision import Phase

LIKELY_OLDER = 0.05
"""The chance from which it is said."""
LEADING = 0.1
"""The chance from which a suspect stands out."""


def why(history: History, evidence: Sequence[Evidence], policy: Policy) -> str:
    """Of the first probe of the decision."""
    if isinstance(policy, BayesPolicy):
        return in_words(explain(history, evidence, policy))
    return _why_classic(history, evidence, policy)


def in_words(known: Explanation) -> str:
    reason = known.reasons[0]
    if reason.naming:
        return "it is the culprit, if it shows the bug itself"
    if not reason.bits:
        return "does it show the bug, and how often?"
    parts = [
        f"{percent(reason.inside)} likely {'fixed' if known.fix else 'bad'}",
        f"about {lasting(known.minutes_left * 60)} left",
    ]
    leading = [(sha, chance) for sha, chance in known.suspects[:1] if chance >= LEADING]
    parts += [f"best suspect {sha[:12]}, {percent(chance)}" for sha, chance in leading]
    if known.suspects and not leading:
        parts.append(counted(len(known.suspects), "suspect"))
    if known.older >= LIKELY_OLDER:
        far = "is not fixed yet" if known.fix else "is older"
        parts.append(f"{percent(known.older)} that the bug {far}")
    return "; ".join(parts)


def _why_classic(history: History, evidence: Sequence[Evidence], policy: ClassicPolicy) -> str:
    step = trail(history, evidence, policy)[-1]
    match step.phase:
        case Phase.START:
            return "does it show the bug?"
        case Phase.RELEASE:
            return f"does release {step.release} show it?"
        case Phase.GOOD | Phase.HEAD:
            return "is it good?"
        case Phase.BASE:
            return "did its branch have the bug at all?"
        case Phase.HALVING:
            assert step.halving is not None
            left = counted(step.halving.left, "revision")
            return f"{left} left after this, roughly {counted(step.halving.steps, 'step')}"
