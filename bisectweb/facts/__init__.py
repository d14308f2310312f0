"""Rows as plain values: what the API answers, and the JSON twins of the pages with it.

Each noun has a frozen dataclass, which is the API's schema too, and a function that makes one of a
row. What is said of another row is said to `reader` only if they may see it.
"""

from __future__ import annotations

from bisectweb.facts.bisections import (
    BisectionFacts,
    BisectionSummary,
    CulpritFacts,
    WorkFacts,
    bisection_facts,
    bisection_summary,
)
from bisectweb.facts.bugs import (
    BugFacts,
    BugSummary,
    CrashFacts,
    CrashSummary,
    bug_facts,
    bug_summary,
    crash_facts,
    crash_summary,
)
from bisectweb.facts.commits import CommitFacts, commit_facts
from bisectweb.facts.evidence import (
    KernelDetails,
    KernelFacts,
    RevisionFacts,
    RunFacts,
    kernel_details,
    kernel_facts,
    revision_facts,
    run_facts,
)
from bisectweb.facts.mails import (
    MessageFacts,
    MessageSummary,
    StopFacts,
    message_facts,
    message_summary,
    stop_facts,
)
from bisectweb.facts.patch_tests import (
    PatchRunFacts,
    PatchTestFacts,
    PatchTestSummary,
    patch_run_facts,
    patch_test_facts,
    patch_test_summary,
)
from bisectweb.facts.site import StatisticsFacts, WorkerFacts, statistics_facts, worker_facts
from bisectweb.facts.situations import outlined, situation
from bisectweb.facts.standings import HeardFacts, StandingFacts, standing_facts
from bisectweb.facts.talk import (
    EventFacts,
    LetterFacts,
    NoteFacts,
    WorkerEventFacts,
    event_facts,
    note_facts,
    worker_event_facts,
)
from bisectweb.facts.trees import (
    FailureFacts,
    TreeDetails,
    TreeFacts,
    tree_details,
    tree_facts,
)

__all__ = [
    "BisectionFacts",
    "BisectionSummary",
    "BugFacts",
    "BugSummary",
    "CommitFacts",
    "CrashFacts",
    "CrashSummary",
    "CulpritFacts",
    "EventFacts",
    "FailureFacts",
    "HeardFacts",
    "KernelDetails",
    "KernelFacts",
    "LetterFacts",
    "MessageFacts",
    "MessageSummary",
    "NoteFacts",
    "PatchRunFacts",
    "PatchTestFacts",
    "PatchTestSummary",
    "RevisionFacts",
    "RunFacts",
    "StandingFacts",
    "StatisticsFacts",
    "StopFacts",
    "TreeDetails",
    "TreeFacts",
    "WorkFacts",
    "WorkerEventFacts",
    "WorkerFacts",
    "bisection_facts",
    "bisection_summary",
    "bug_facts",
    "bug_summary",
    "commit_facts",
    "crash_facts",
    "crash_summary",
    "event_facts",
    "kernel_details",
    "kernel_facts",
    "message_facts",
    "message_summary",
    "note_facts",
    "outlined",
    "patch_run_facts",
    "patch_test_facts",
    "patch_test_summary",
    "revision_facts",
    "run_facts",
    "situation",
    "standing_facts",
    "statistics_facts",
    "stop_facts",
    "tree_details",
    "tree_facts",
    "worker_event_facts",
    "worker_facts",
]
