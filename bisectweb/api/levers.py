"""Calls that pull levers: of bisections, and of the mails about them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from bisectweb import workflow
from bisectweb.api import rows
from bisectweb.api.bearer import Token, caller
from bisectweb.api.errors import Refused, checked, replies
from bisectweb.api.filing import GitName, SearchIn
from bisectweb.api.paging import Id
from bisectweb.api.throttle import Writes
from bisectweb.facts import (
    BisectionSummary,
    MessageFacts,
    bisection_summary,
    message_facts,
)
from bisectweb.forms import JudgeForm, ReasonForm, StartForm
from bisectweb.models import ApiToken, Bisection, Crash, Culprit, Message, Priority
from bisectweb.outbound import emails, outbox
from bisectweb.views.access import kept_or_403

Scope = ApiToken.Scope
router = Router(auth=Token(Scope.BISECT), throttle=[Writes()])
mails = Router(auth=Token(Scope.APPROVE), throttle=[Writes()])
Why = Annotated[str, Field(min_length=1, max_length=500)]


class StartIn(SearchIn):
    """How to search for the cause or the fix of a bug that is known."""

    bad: GitName = Field("", description="Empty: the commit of the crash.")
    in_upstream: bool = Field(False, description="Look for the fix in the tree's upstream.")
    priority: Priority | None = Field(None, description="Null: as the bug.")
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


class ApprovalIn(Schema):
    """Which text you approve."""

    seen: str = Field(..., description="As the mail said it when you read it.")


@router.post(
    "/crashes/{pk}/bisections", response=replies(BisectionSummary, 201), tags=["bisections"]
)
def start_bisection(request: HttpRequest, pk: Id, body: StartIn) -> Status[BisectionSummary]:
    """Search for the cause or the fix of a crash. For maintainers of its tree, and admins."""
    crash = kept_or_403(request, Crash.objects.select_related("bug__tree__upstream"), pk=pk)
    form = StartForm(
        body.model_dump(mode="json", exclude_none=True), tree=crash.bug.tree, bug=crash.bug
    )
    started = workflow.start(crash, **checked(form), by=caller(request))
    return Status(201, _bisection(request, started.pk))


@router.post("/bisections/{pk}/cancel", response=replies(BisectionSummary), tags=["bisections"])
def cancel_bisection(request: HttpRequest, pk: Id) -> BisectionSummary:
    """Stop a bisection; one that had ended stays as it is."""
    workflow.cancel(kept_or_403(request, Bisection.objects.all(), pk=pk), caller(request))
    return _bisection(request, pk)


@router.post("/bisections/{pk}/invalidate", response=replies(BisectionSummary), tags=["bisections"])
def invalidate_bisection(request: HttpRequest, pk: Id, body: ReasonIn) -> BisectionSummary:
    """Say that a result shall not be trusted; the first who says it counts."""
    bisection = kept_or_403(request, Bisection.objects.all(), pk=pk)
    said = checked(ReasonForm(body.model_dump()))
    workflow.invalidate(bisection, caller(request), said["reason"])
    return _bisection(request, pk)


@router.post("/bisections/{pk}/judge", response=replies(BisectionSummary), tags=["bisections"])
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


@mails.post("/messages/{pk}/approve", response=replies(MessageFacts), tags=["messages"])
def approve_message(request: HttpRequest, pk: Id, body: ApprovalIn) -> MessageFacts:
    """Let a mail leave that awaits approval, with the text and the recipients that you saw."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    if body.seen != emails.seen(mail):
        raise Refused("The mail has changed since you saw it: read it again.")
    if not outbox.approve(mail, caller(request)):
        raise Refused(f"Nothing was done: the mail is {mail.get_state_display()}.")
    return message_facts(rows.messages(request).get(pk=pk))


@mails.post("/messages/{pk}/cancel", response=replies(MessageFacts), tags=["messages"])
def cancel_message(request: HttpRequest, pk: Id, body: ReasonIn) -> MessageFacts:
    """Keep a mail from leaving."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    said = checked(ReasonForm(body.model_dump()))
    if not outbox.cancel(mail, caller(request), said["reason"]):
        raise Refused(f"Nothing was done: the mail is {mail.get_state_display()}.")
    return message_facts(rows.messages(request).get(pk=pk))


def _bisection(request: HttpRequest, pk: int) -> BisectionSummary:
    return bisection_summary(rows.bisections(request).get(pk=pk))
