"""Calls that file bugs, add crashes and import logs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, File, Form, Schema, Status, UploadedFile

from bisectweb import workflow
from bisectweb.api import bugs, rows
from bisectweb.api.bearer import Token, caller, demand
from bisectweb.api.errors import checked, replies
from bisectweb.api.paging import Id
from bisectweb.api.throttle import Writes, count_added
from bisectweb.api.uploads import UploadForm
from bisectweb.facts import BugFacts, CrashFacts, bug_facts, crash_facts
from bisectweb.forms import BugForm, CompleteForm, ImportForm
from bisectweb.models import ApiToken, Bisection, Bug, Crash
from bisectweb.views.access import visible_or_404
from bisectweb.views.imports import import_uploads
from runner.values import Language

Scope = ApiToken.Scope
# Of the calls that read, too: what has one address is one route.
router = bugs.router
FILING: dict[str, Any] = {"auth": Token(Scope.FILE), "throttle": [Writes()]}
Short = Annotated[str, Field(max_length=300)]
Runs = Annotated[int, Field(ge=2, le=100, description="A revision, of the classic strategy only.")]
Minimise = Annotated[bool, Field(description="Look for a smaller kernel config first.")]
GitName = Annotated[str, Field(max_length=200, description="A commit, tag or branch.")]


class ReproducerIn(Schema):
    """How a reproducer is run."""

    language: Language = Language.C
    repeat: bool = Field(False, description="Whenever it ends, until the time is over.")
    procs: int = Field(1, ge=1, description="Copies in parallel.")
    bits: Literal[32, 64] = 64


class SearchIn(Schema):
    """How to search."""

    kind: Bisection.Kind = Bisection.Kind.CAUSE
    strategy: Bisection.Strategy = Bisection.Strategy.BAYES
    runs: Runs = 10
    good: GitName = ""
    minimise: Minimise = True


class BugIn(ReproducerIn):
    """A bug with its crash; with `search`, its bisection starts at once."""

    tree: Id = Field(..., description="The id of the tree.")
    title: Short = Field(..., examples=["WARNING in kfree"])
    commit: GitName = Field(..., description="The commit that crashes.", examples=["v6.12"])
    commit_title: Short = ""
    config: str = Field(
        ..., description="The whole .config of that kernel.", examples=["CONFIG_KVM=y"]
    )
    reproducer: str = Field(
        ..., description="Its source; a program in base64.", examples=["int main(void) {}"]
    )
    report: str = Field("", description="The crash as the console showed it.")
    crash_title: Short = Field("", description="If only that crash counts.")
    search: SearchIn | None = Field(None, description="Needs the scope `bisect`, too.")


class CrashIn(ReproducerIn):
    """A crash: a console log, or what it takes to see it again, or both."""

    commit: GitName = Field(..., description="The commit that crashes.")
    commit_title: Short = ""
    title: Short = Field("", description="Empty: that of the first crash of the console log.")
    console: str = ""
    config: str = ""
    reproducer: str = ""


class CompleteIn(ReproducerIn):
    """What a crash lacks that was read from a log."""

    config: str = Field(..., description="The whole .config of that kernel.")
    reproducer: str = Field(..., description="Its source; a program in base64.")
    tree: Id | None = Field(
        None, description="The id of the tree that the commit is from; the bug moves there."
    )


class LogsIn(Schema):
    """What logs are about."""

    tree: Id | None = Field(None, description="The id of the tree, where it is known.")
    bug_title: Short = Field("", description="If all are about one bug.")


class ImportedLogFacts(Schema):
    """What became of one log."""

    name: str
    bisection: int | None
    url: str | None
    new: bool
    error: str
    """Why there is no bisection; empty otherwise."""


@router.post("/bugs", response=replies(BugFacts, 201), tags=["bugs"], **FILING)
def file_bug(request: HttpRequest, body: BugIn) -> Status[BugFacts]:
    """File a bug with its crash and, if asked for, start its bisection."""
    if body.search:
        demand(request, Scope.BISECT)
    form = BugForm(_data(body) | _data(body.search or SearchIn()), user=request.user)
    said = dict(checked(form))
    search = {name: said.pop(name) for name in BugForm.search_fields}
    count_added(request)
    with transaction.atomic():
        filed = workflow.file_bug(**said, by=caller(request))
        if body.search:
            workflow.start(filed.crashes.get(), **search, by=caller(request))
    bug = rows.bugs(request).get(pk=filed.pk)
    return Status(201, bug_facts(bug, rows.crashes(request).get(bug=bug), request.user))


@router.post(
    "/bugs/{pk}/crashes",
    response={**replies(CrashFacts, 201), 200: CrashFacts},
    tags=["bugs"],
    **FILING,
)
def add_crash(request: HttpRequest, pk: Id, body: CrashIn) -> Status[CrashFacts]:
    """Add a crash to a bug. The same crash is added once: 201 is a new one, 200 a known one."""
    bug = visible_or_404(request, Bug.objects.all(), pk=pk)
    form = UploadForm(_data(body))
    checked(form)
    count_added(request)
    crash, is_new = workflow.add_crash(bug, **form.crash(), by=caller(request))
    return Status(201 if is_new else 200, crash_facts(rows.crashes(request).get(pk=crash.pk)))


@router.post("/crashes/{pk}/complete", response=replies(CrashFacts), tags=["crashes"], **FILING)
def complete_crash(request: HttpRequest, pk: Id, body: CompleteIn) -> CrashFacts:
    """Give a crash what it lacks to be run; one that lacks nothing stays as it is."""
    crash = visible_or_404(request, Crash.objects.select_related("bug__tree"), pk=pk)
    if crash.missing:
        form = CompleteForm(_data(body), crash=crash, user=request.user)
        workflow.complete(crash, **checked(form), by=caller(request))
    return crash_facts(rows.crashes(request).get(pk=pk))


@router.post("/logs", response=replies(list[ImportedLogFacts]), tags=["bisections"], **FILING)
def import_logs(
    request: HttpRequest,
    logs: File[list[UploadedFile]],
    about: Form[LogsIn],
) -> list[ImportedLogFacts]:
    """Import logs of bisections that were done elsewhere; a bad one does not stop the others."""
    form = ImportForm(about.model_dump(), request.FILES, user=request.user)
    count_added(request, len(checked(form)["logs"]))
    return [
        ImportedLogFacts(
            name=one.name,
            bisection=one.bisection.pk if one.bisection else None,
            url=one.bisection.get_absolute_url() if one.bisection else None,
            new=one.is_new,
            error=one.refused,
        )
        for one in import_uploads(request, form)
    ]


def _data(body: Schema) -> dict[str, Any]:
    """As a form takes it."""
    return body.model_dump(mode="json", exclude={"search"})
