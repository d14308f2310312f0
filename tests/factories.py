"""Rows for tests: each function fills in whatever the test does not care about."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Culprit,
    Kernel,
    Message,
    PatchRun,
    PatchTest,
    Revision,
    Run,
    Standing,
    Tree,
    Worker,
    as_rows,
)
from bisectweb.summaries import summarise
from runner.console import find_crash
from runner.values import Header, Recipient

numbers = itertools.count(1)

CONSOLE = """\
[    0.000000] Linux version 6.12.0 (build@runner) #1 SMP
[    1.204100] Run /init as init process
executing the reproducer
reproducer ended with status 0
"""


def sha_of(text: object) -> str:
    """A commit name that is always the same for the same text."""
    return hashlib.sha1(str(text).encode()).hexdigest()


def create_tree(**fields: Any) -> Tree:
    defaults = {"name": f"tree {next(numbers)}", "url": "https://git.invalid/linux.git"}
    return Tree.objects.create(**defaults | fields)


def create_worker(**fields: Any) -> Worker:
    """A worker that is alive."""
    now = timezone.now()
    defaults = {"name": f"worker-{next(numbers)}", "at": now, "since": now}
    return Worker.objects.create(**defaults | fields)


def create_bug(**fields: Any) -> Bug:
    bug = _bug(**fields)
    summarise(bug.pk)
    return bug


def create_crash(**fields: Any) -> Crash:
    crash = _crash(**fields)
    summarise(crash.bug_id)
    return crash


# Without a summary, which takes a dozen queries: that is made once all rows are there.
def _bug(**fields: Any) -> Bug:
    if "tree" not in fields:
        fields["tree"] = create_tree()
    return Bug.objects.create(**{"title": "WARNING in svm_leave_nested"} | fields)


def _crash(**fields: Any) -> Crash:
    if "bug" not in fields:
        fields["bug"] = _bug()
    defaults = {
        "title": "WARNING in svm_leave_nested",
        "commit": sha_of("start"),
        "config": "CONFIG_KVM=y\nCONFIG_KVM_AMD=y\n",
        "reproducer": "int main(void) { return 0; }\n",
    }
    return Crash.objects.create(**defaults | fields)


def create_bisection(**fields: Any) -> Bisection:
    """A queued bisection; `crash` decides its bug."""
    if "crash" not in fields:
        fields["crash"] = _crash()
    crash = fields["crash"]
    asked = {"bug": crash.bug, "asked_bad": crash.commit}
    bisection = Bisection.objects.create(**asked | fields)
    summarise(bisection.bug_id)
    return bisection


def create_kernel(**fields: Any) -> Kernel:
    key = hashlib.sha256(str(next(numbers)).encode()).hexdigest()
    defaults = {
        "key": key,
        "compiler": "gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40",
        "signature": hashlib.sha256(key.encode()).hexdigest(),
        "seconds": 242.5,
    }
    return Kernel.objects.create(**defaults | fields)


def create_revision(**fields: Any) -> Revision:
    """A revision that waits for a worker; its order is the next one of its bisection."""
    if "bisection" not in fields:
        fields["bisection"] = create_bisection()
    order = fields.setdefault("order", fields["bisection"].revisions.count())
    defaults = {
        "sha": sha_of(f"revision {order}"),
        "subject": f"KVM: x86: change number {order}",
        "runs_wanted": fields["bisection"].runs,
    }
    return Revision.objects.create(**defaults | fields)


def create_run(**fields: Any) -> Run:
    """A run that went well; `console` is the text of its console log."""
    if "revision" not in fields:
        fields["revision"] = create_revision()
    index = fields.setdefault("index", fields["revision"].runs.count())
    log = fields.pop("console", CONSOLE)
    if fields.get("report") and (crash := find_crash(log)):
        fields = {"crash_start": crash.start, "crash_end": crash.end} | fields
    console = ContentFile(log, name=f"run-{index}.log")
    defaults = {"outcome": Run.Outcome.OK, "words": "OK", "seconds": 2.4}
    return Run.objects.create(**defaults | fields, console=console)


def create_standing(bisection: Bisection, **fields: Any) -> Standing:
    """Of a range of a thousand commits that are all alike."""
    defaults = {
        "number": bisection.standings.count(),
        "commits": 1000,
        "whole": Standing.pack([0.01] * 100),
        "close": b"",
        "older": 0.0,
        "newer": 0.0,
        "entropy": 10.0,
        "credible": 950,
    }
    return Standing.objects.create(bisection=bisection, **defaults | fields)


def people(
    to: Sequence[str] = ("kvm-developer@kernel.invalid",),
    cc: Sequence[str] = ("kvm@lists.invalid",),
) -> list[dict[str, str]]:
    """Recipients as rows hold them."""
    asked = [Recipient(address, "", Header.TO, "author of the culprit") for address in to]
    told = [Recipient(address, "", Header.CC, "list of KVM") for address in cc]
    return as_rows([*asked, *told])


def create_culprit(**fields: Any) -> Culprit:
    """The culprit of a bisection that ended with it."""
    if "bisection" not in fields:
        fields["bisection"] = create_bisection(
            state=Bisection.State.FOUND, started=timezone.now(), ended=timezone.now()
        )
    defaults = {
        "sha": sha_of("culprit"),
        "subject": "KVM: nSVM: leave nested mode earlier",
        "author": "KVM Developer",
        "author_email": "kvm-developer@kernel.invalid",
        "date": datetime(2024, 11, 3, 12, 30, tzinfo=UTC),
        "details": "KVM: nSVM: leave nested mode earlier\n\nThe vCPU is going away anyway.",
        "confidence": 0.98,
        "people": people(),
    }
    culprit = Culprit.objects.create(**defaults | fields)
    summarise(culprit.bisection.bug_id)
    return culprit


def create_message(**fields: Any) -> Message:
    """A mail that awaits approval; `bisection` decides its bug."""
    if "bug" not in fields:
        bisection = fields.get("bisection")
        fields["bug"] = bisection.bug if bisection else create_bug()
    defaults = {
        "subject": "[bisected] WARNING in svm_leave_nested",
        "body": "Hello,\n\nthe bisection found a commit.\n",
        "people": people(),
        "message_id": f"<{next(numbers)}@bisectweb.invalid>",
    }
    return Message.objects.create(**defaults | fields)


def create_patch_test(**fields: Any) -> PatchTest:
    """One that has ended: with its patch nothing crashes; `crash` decides its bug."""
    if "crash" not in fields:
        fields["crash"] = create_crash()
    crash = fields["crash"]
    defaults = {
        "bug": crash.bug,
        "tree": crash.bug.tree,
        "asked": "v6.12",
        "patch": "--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-x\n+y\n",
        "asked_by": "developer@kernel.invalid",
        "runs_wanted": 1,
        "state": PatchTest.State.DONE,
        "result": PatchTest.Result.QUIET,
    }
    return PatchTest.objects.create(**defaults | fields)


def create_patch_run(**fields: Any) -> PatchRun:
    """A run of a patch test that went well; `console` is the text of its console log."""
    if "patch_test" not in fields:
        fields["patch_test"] = create_patch_test()
    index = fields.setdefault("index", fields["patch_test"].runs.count())
    console = ContentFile(fields.pop("console", CONSOLE), name=f"run-{index}.log")
    defaults = {"outcome": PatchRun.Outcome.OK, "words": "OK", "seconds": 2.4}
    return PatchRun.objects.create(**defaults | fields, console=console)
