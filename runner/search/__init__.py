"""What to test next: `decide`, a pure function of history and evidence."""

from __future__ import annotations

from runner.search.decision import (
    BAYES,
    CLASSIC,
    Alike,
    BayesPolicy,
    ClassicPolicy,
    Decision,
    Evidence,
    Found,
    Impossible,
    Inconclusive,
    Policy,
    Probe,
    Step,
    Test,
    Verdict,
)
from runner.search.explain import Explanation, Reason, Weight, explain
from runner.search.history import History
from runner.search.recorded import recorded
from runner.search.strategy import decide, suspects, trail
from runner.values import Outcome

__all__ = [
    "BAYES",
    "CLASSIC",
    "Alike",
    "BayesPolicy",
    "ClassicPolicy",
    "Decision",
    "Evidence",
    "Explanation",
    "Found",
    "History",
    "Impossible",
    "Inconclusive",
    "Outcome",
    "Policy",
    "Probe",
    "Reason",
    "Step",
    "Test",
    "Verdict",
    "Weight",
    "decide",
    "explain",
    "recorded",
    "suspects",
    "trail",
]
