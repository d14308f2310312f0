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
from runner.search.explain import Explanation, Reason, Weight, explain, standing_by_runs
from runner.search.history import History
from runner.search.recorded import Chain, Told, chain, recorded
from runner.search.standing import Standing, Stretch
from runner.search.strategy import decide, suspects, trail
from runner.values import Outcome

__all__ = [
    "BAYES",
    "CLASSIC",
    "Alike",
    "BayesPolicy",
    "Chain",
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
    "Standing",
    "Step",
    "Stretch",
    "Test",
    "Told",
    "Verdict",
    "Weight",
    "chain",
    "decide",
    "explain",
    "recorded",
    "standing_by_runs",
    "suspects",
    "trail",
]
