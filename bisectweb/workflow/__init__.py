"""The only code that changes the state of a bisection.

Evidence is the state: `advance` asks the search what to do next, `test` answers one question.
Either can be killed at any moment and is simply done again by whoever claims the row next.
"""

from __future__ import annotations

from bisectweb.workflow.adding import add_crash
from bisectweb.workflow.judging import judge, unjudge
from bisectweb.workflow.pausing import drain, pause, resume, set_priority, undrain
from bisectweb.workflow.requests import (
    cancel,
    complete,
    file_bug,
    invalidate,
    revalidate,
    start,
    start_once,
)
from bisectweb.workflow.requeuing import requeue, requeue_all
from bisectweb.workflow.work import advance, sweep, test, try_patch

__all__ = [
    "add_crash",
    "advance",
    "cancel",
    "complete",
    "drain",
    "file_bug",
    "invalidate",
    "judge",
    "pause",
    "requeue",
    "requeue_all",
    "resume",
    "revalidate",
    "set_priority",
    "start",
    "start_once",
    "sweep",
    "test",
    "try_patch",
    "undrain",
    "unjudge",
]
