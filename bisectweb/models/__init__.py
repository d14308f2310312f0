"""The rows: what was reported, what was searched, what was seen, what was mailed."""

from __future__ import annotations

from bisectweb.models.allowance import Allowance
from bisectweb.models.bisection import Bisection, Culprit
from bisectweb.models.bug import Bug, Crash
from bisectweb.models.event import Event
from bisectweb.models.heartbeat import Heartbeat
from bisectweb.models.imported import ImportedLog
from bisectweb.models.message import Message
from bisectweb.models.note import Note
from bisectweb.models.patch_test import PatchRun, PatchTest
from bisectweb.models.people import as_rows
from bisectweb.models.priority import Priority
from bisectweb.models.received import Answer, Bounce, OptOut, Received
from bisectweb.models.revision import Revision, Run
from bisectweb.models.score import Score
from bisectweb.models.standing import Standing
from bisectweb.models.stop import Stop
from bisectweb.models.summary import Subsystem
from bisectweb.models.tested import Kernel
from bisectweb.models.token import ApiToken
from bisectweb.models.tree import Tree
from bisectweb.models.week import Week
from bisectweb.models.worker import Worker

__all__ = [
    "Allowance",
    "Answer",
    "ApiToken",
    "Bisection",
    "Bounce",
    "Bug",
    "Crash",
    "Culprit",
    "Event",
    "Heartbeat",
    "ImportedLog",
    "Kernel",
    "Message",
    "Note",
    "OptOut",
    "PatchRun",
    "PatchTest",
    "Priority",
    "Received",
    "Revision",
    "Run",
    "Score",
    "Standing",
    "Stop",
    "Subsystem",
    "Tree",
    "Week",
    "Worker",
    "as_rows",
]
