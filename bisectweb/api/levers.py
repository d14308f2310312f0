"""Calls that pull levers: of bisections and of bugs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from bisectweb import workflow
from bisectweb.api import bugs, rows
from bisectweb.api.bearer import Token, caller
from bisectweb.api.errors import checked, replies
from bisectweb.api.filing import GitName, SearchIn
from bisectweb.api.paging import Id
from bisectweb.api.throttle import Writes
from bisectweb.facts import BisectionSummary, BugFacts, bisection_summary
from bisectweb.forms import JudgeForm, ReasonForm, StartForm, TriageForm
from bisectweb.models import ApiToken, Bisection, Bug, Crash, Culprit, Priority
from bisectweb.views.access import kept_or_403

Scope = ApiToken.Scope
BISECTING: dict[str, Any] = {"auth": Token(Scope.BISECT), "throttle": [Writes()]}
OPERATING: dict[str, Any] = {"auth": Token(Scope.OPERATE), "throttle": [Writes()]}
router = Router(tags=["bisections"], **BISECTING)
PriorityWord = Literal["low", "normal", "high"]
Why = Annotated[str, Field(min_length=1, max_length=500)]


class StartIn(SearchIn):
    """How to search for the cause or the fix of a bug that is known."""

    bad: GitName = Field("", description="Empty: the commit of the crash.")
    in_upstream: bool = Field(False, description="Look for the fix in the tree's upstream.")
    priority: PriorityWord | None = Field(None, description="Null: as the bug.")
    config: str = Field("", description="A whole .config to search with instead of the crash's.")
    evidence_from: Id | None = Field(
        None, description="An earlier bisection of the bug, whose runs count as this one's."
    )


class ReasonIn(Schema):
    """Why; kept in the history."""

    reason: Why


class JudgementIn(ReasonIn):
    """What you say of a culprit."""

    verdict: Annotated[str, Field(pattern="^(confirmed|wrong)$")]
    real: str = Field("", description="The commit that it is instead, by seven digits or more.")


class PriorityIn(Schema):
    """What goes first."""

    priority: PriorityWord


class TriageIn(Schema):
    """One thing that you say of a bug."""

    deed: Literal["fix", "unfix", "dup", "undup", "invalid", "valid", "title", "subsystems", "prio"]
    value: str = Field(
        "",
        max_length=500,
        description="The title of the fix, of the other bug, or of this one; subsystems, with "
        "commas between; a priority.",
    )


@router.post("/crashes/{pk}/bisections", response=replies(BisectionSummary, 201))
def start_bisection(request: HttpRequest, pk: Id, body: StartIn) -> Status[BisectionSummary]:
    """Search for the cause or the fix of a crash. For maintainers of its tree, and admins."""
    crash = kept_or_403(request, Crash.objects.select_related("bug__tree__upstream"), pk=pk)
    said = body.model_dump(mode="json", exclude_none=True)
    if body.priority:
        said["priority"] = Priority.of_word(body.priority).value
    form = StartForm(said, tree=crash.bug.tree, bug=crash.bug)
    started = workflow.start(crash, **checked(form), by=caller(request))
    return Status(201, _bisection(request, started.pk))


@router.post("/bisections/{pk}/cancel", response=replies(BisectionSummary))
def cancel_bisection(request: HttpRequest, pk: Id) -> BisectionSummary:
    """Stop a bisection; one that had ended stays as it is."""
    workflow.cancel(kept_or_403(request, Bisection.objects.all(), pk=pk), caller(request))
    return _bisection(request, pk)


@router.post("/bisections/{pk}/invalidate", response=replies(BisectionSummary))
def invalidate_bisection(request: HttpRequest, pk: Id, body: ReasonIn) -> BisectionSummary:
    """Say that a result shall not be trusted; the first who says it counts."""
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    said = checked(ReasonForm(body.model_dump()))
    workflow.invalidate(bisection, caller(request), said["reason"])
    return _bisection(request, pk)


@router.post("/bisections/{pk}/judge", response=replies(BisectionSummary))
def judge_culprit(request: HttpRequest, pk: Id, body: JudgementIn) -> BisectionSummary:
    """Say that the culprit is right, or that it is not; the last word counts."""
    culprit = kept_or_403(request, Culprit.objects.select_related("bisection__bug"), bisection=pk)
    said = checked(JudgeForm(body.model_dump()))
    who = caller(request)
    verdict = Culprit.Verdict(said["verdict"])
    workflow.judge(
        culprit,
        verdict,
        reason=said["reason"],
        real=said["real"],
        who=who.get_username(),
        by=who,
    )
    return _bisection(request, pk)


@router.post("/bisections/{pk}/unjudge", response=replies(BisectionSummary))
def unjudge_culprit(request: HttpRequest, pk: Id, body: ReasonIn) -> BisectionSummary:
    """Take back what was said of the culprit, whoever said it."""
    culprit = kept_or_403(request, Culprit.objects.select_related("bisection__bug"), bisection=pk)
    said = checked(ReasonForm(body.model_dump()))
    workflow.unjudge(culprit, caller(request), said["reason"])
    return _bisection(request, pk)


@router.post("/bisections/{pk}/revalidate", response=replies(BisectionSummary))
def revalidate_bisection(request: HttpRequest, pk: Id, body: ReasonIn) -> BisectionSummary:
    """Take back that a result is invalid."""
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    said = checked(ReasonForm(body.model_dump()))
    workflow.revalidate(bisection, caller(request), said["reason"])
    return _bisection(request, pk)


@router.post("/bisections/{pk}/requeue", response=replies(BisectionSummary))
def requeue_bisection(request: HttpRequest, pk: Id) -> BisectionSummary:
    """Go on with a bisection that failed or was cancelled; any other stays as it is."""
    workflow.requeue(kept_or_403(request, Bisection.objects.all(), pk=pk), caller(request))
    return _bisection(request, pk)


@router.post("/bisections/{pk}/priority", response=replies(BisectionSummary))
def set_priority(request: HttpRequest, pk: Id, body: PriorityIn) -> BisectionSummary:
    """Let a bisection go before others, or after them; one that is over stays as it is."""
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    workflow.set_priority(bisection, Priority.of_word(body.priority), caller(request))
    return _bisection(request, pk)


@router.post("/bugs/{pk}/triage", response=replies(BugFacts), tags=["bugs"])
def triage_bug(request: HttpRequest, pk: Id, body: TriageIn) -> BugFacts:
    """Say what a bug is: fixed, a duplicate, none; its title, its subsystems, its priority."""
    bug = kept_or_403(request, Bug.objects.all(), pk=pk)
    form = TriageForm(body.model_dump(), bug=bug)
    checked(form)
    form.carry_out(caller(request))
    return bugs.bug_detail(request, pk)


def _bisection(request: HttpRequest, pk: int) -> BisectionSummary:
    return bisection_summary(rows.bisections(request).get(pk=pk))
