"""Rows as plain values: what the API answers, and the JSON twins of the pages with it.

Each noun has a frozen dataclass, which is the API's schema too, and a function that makes one of a
row. What is said of another row is said to `reader` only if they may see it.
"""

from __future__ import annotations

from bisectweb.facts.bisections import (
    BisectionFacts,
    BisectionSummary,
    CulpritFacts,
    bisection_facts,
    bisection_summary,
)
from bisectweb.facts.bugs import (
    BugFacts,
    BugSummary,
    CrashFacts,
    CrashSummary,
    EventFacts,
    bug_facts,
    bug_summary,
    crash_facts,
    crash_summary,
    event_facts,
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
from bisectweb.facts.mails import MessageFacts, MessageSummary, message_facts, message_summary
from bisectweb.facts.site import StatisticsFacts, WorkerFacts, statistics_facts, worker_facts
from bisectweb.facts.situations import outlined, situation
from bisectweb.facts.standings import StandingFacts, standing_facts
from bisectweb.facts.trees import TreeDetails, TreeFacts, tree_details, tree_facts

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
    "KernelDetails",
    "KernelFacts",
    "MessageFacts",
    "MessageSummary",
    "RevisionFacts",
    "RunFacts",
    "StandingFacts",
    "StatisticsFacts",
    "TreeDetails",
    "TreeFacts",
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
    "outlined",
    "revision_facts",
    "run_facts",
    "situation",
    "standing_facts",
    "statistics_facts",
    "tree_details",
    "tree_facts",
    "worker_facts",
]
