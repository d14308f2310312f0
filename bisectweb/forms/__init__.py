"""What people type: checked here, so that nothing hostile reaches git, a path or a mail."""

from __future__ import annotations

from bisectweb.forms.filing import (
    BugForm,
    CompleteForm,
    CrashForm,
    ImportForm,
    ReproducerForm,
    SearchForm,
    StartForm,
)
from bisectweb.forms.levers import JudgeForm, PriorityForm, ReasonForm, RecipientsForm, RequeueForm
from bisectweb.forms.tokens import TokenForm
from bisectweb.forms.triage import TriageForm

__all__ = [
    "BugForm",
    "CompleteForm",
    "CrashForm",
    "ImportForm",
    "JudgeForm",
    "PriorityForm",
    "ReasonForm",
    "RecipientsForm",
    "ReproducerForm",
    "RequeueForm",
    "SearchForm",
    "StartForm",
    "TokenForm",
    "TriageForm",
]
