"""What to test next: `decide`, a pure function of history and evidence."""

from __future__ import annotations

from runner.search.classic import decide, trail
from runner.search.decision import (
    CLASSIC,
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
from runner.search.history import History
from runner.values import Outcome

__all__ = [
    "CLASSIC",
    "Decision",
    "Evidence",
    "Found",
    "History",
    "Impossible",
    "Inconclusive",
    "Outcome",
    "Policy",
    "Probe",
    "Step",
    "Test",
    "Verdict",
    "decide",
    "trail",
]
