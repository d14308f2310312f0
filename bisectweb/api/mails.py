"""Calls about the outbox: who may approve a mail reads it, lets it leave or not, and to whom."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from bisectweb.access import is_admin
from bisectweb.api import rows
from bisectweb.api.bearer import Token, admin, caller
from bisectweb.api.errors import REFUSALS, TEXT, Error, Refused, checked, replies
from bisectweb.api.levers import ReasonIn
from bisectweb.api.paging import Id, Page, Paging, page_of
from bisectweb.api.throttle import Writes
from bisectweb.facts import (
    MessageFacts,
    MessageSummary,
    StopFacts,
    message_facts,
    message_summary,
    stop_facts,
)
from bisectweb.forms import ReasonForm, RecipientsForm
from bisectweb.models import ApiToken, Message
from bisectweb.outbound import emails, outbox
from bisectweb.outbound.unwanted import unwanted
from bisectweb.views.access import kept_or_403
from bisectweb.views.files import plain_text
from runner.values import Header

router = Router(tags=["messages"])
APPROVING: dict[str, Any] = {"auth": Token(ApiToken.Scope.APPROVE), "throttle": [Writes()]}


class MessageFilter(Schema):
    """Which mails."""

    state: Message.State | None = None
    bug: Id | None = None


class ApprovalIn(Schema):
    """Which text you approve."""

    seen: str = Field(..., description="As the mail said it when you read it.")


class RecipientIn(Schema):
    """One more recipient."""

    address: str = Field(..., max_length=254)
    name: str = Field("", max_length=200)
    header: Header = Header.CC


class PeopleIn(ReasonIn):
    """Whom a mail goes to instead. Who is not named here stays where they are."""

    headers: dict[str, Literal["to", "cc", "none"]] = Field(
        {}, description="Recipients by address: where they stand, or none for not at all."
    )
    also: RecipientIn | None = None


@router.get("/messages", response=replies(Page[MessageSummary]))
def message_list(
    request: HttpRequest, asked: Query[MessageFilter], paging: Query[Paging]
) -> Page[MessageSummary]:
    """The mails that you may approve: none without a token or a session."""
    wanted = asked.model_dump(exclude_none=True)
    return page_of(rows.messages(request).filter(**wanted), paging, request, message_summary)


@router.get("/messages/{pk}", response=replies(MessageFacts))
def message_detail(request: HttpRequest, pk: Id) -> MessageFacts:
    """A mail as it leaves, for those who may approve it."""
    return message_facts(get_object_or_404(rows.messages(request), pk=pk))


@router.get("/messages/{pk}/raw", **TEXT)
def message_raw(request: HttpRequest, pk: Id) -> HttpResponse:
    """Byte for byte, as it leaves or left."""
    return plain_text(emails.raw(get_object_or_404(rows.messages(request), pk=pk)))


@router.post("/messages/{pk}/approve", response=replies(MessageFacts), **APPROVING)
def approve_message(request: HttpRequest, pk: Id, body: ApprovalIn) -> MessageFacts:
    """Let a mail leave that awaits approval, with the text and the recipients that you saw."""
    with transaction.atomic():
        mail = kept_or_403(request, Message.objects.all(), pk=pk)
        if body.seen != emails.seen(mail):
            raise Refused("The mail has changed since you saw it: read it again.")
        return _done(request, mail, outbox.approve(mail, caller(request)))


@router.post("/messages/{pk}/cancel", response=replies(MessageFacts), **APPROVING)
def cancel_message(request: HttpRequest, pk: Id, body: ReasonIn) -> MessageFacts:
    """Keep a mail from leaving."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    said = checked(ReasonForm(body.model_dump()))
    return _done(request, mail, outbox.cancel(mail, caller(request), said["reason"]))


@router.post("/messages/{pk}/people", response=replies(MessageFacts), **APPROVING)
def readdress_message(request: HttpRequest, pk: Id, body: PeopleIn) -> MessageFacts:
    """Change whom a mail goes to that was not decided on yet."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    headers = {one.address: one.header.value for one in mail.recipients}
    if strangers := body.headers.keys() - headers.keys():
        raise Refused(f"This mail does not go to {', '.join(sorted(strangers))}.")
    also = body.also.model_dump(mode="json") if body.also else {"header": Header.CC.value}
    said = {**headers, **body.headers, **also, "reason": body.reason}
    form = RecipientsForm(said, people=mail.recipients, never=unwanted(mail.bug))
    reason = checked(form)["reason"]
    by = caller(request)
    people = form.asked_for(by.get_username())
    return _done(request, mail, outbox.readdress(mail, people, by, reason))


@router.post("/messages/{pk}/again", response=replies(MessageFacts), **APPROVING)
def send_again(request: HttpRequest, pk: Id) -> MessageFacts:
    """Let a mail leave once more that failed, or of which nobody knows whether it arrived."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    return _done(request, mail, outbox.send_again(mail, caller(request)))


@router.post("/messages/{pk}/arrived", response=replies(MessageFacts), **APPROVING)
def message_arrived(request: HttpRequest, pk: Id) -> MessageFacts:
    """Say that a mail arrived of which nobody knew."""
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    return _done(request, mail, outbox.arrived(mail, caller(request)))


def _done(request: HttpRequest, mail: Message, done: bool) -> MessageFacts:
    """The mail as it is now; refused where somebody decided before."""
    fresh = rows.messages(request).get(pk=mail.pk)
    if not done:
        raise Refused(f"Nothing was done: the mail is {fresh.get_state_display().lower()}.")
    return message_facts(fresh)


@router.get("/stops", response=replies(Page[StopFacts]))
def stop_list(request: HttpRequest, paging: Query[Paging]) -> Page[StopFacts]:
    """The stops of all mail: for admins all of them, for maintainers the one that counts now."""
    is_for_admin = is_admin(request.user)
    return page_of(
        rows.stops(request), paging, request, lambda one: stop_facts(one, is_admin=is_for_admin)
    )


@router.post("/stops", response=replies(StopFacts), **APPROVING)
def stop_mail(request: HttpRequest, body: ReasonIn) -> StopFacts:
    """Keep every mail from leaving, until somebody lifts the stop; the first one counts.
    For admins.
    """
    by = admin(request)
    outbox.stop(by, checked(ReasonForm(body.model_dump()))["reason"])
    return stop_facts(rows.stops(request).get(lifted=None), is_admin=True)


@router.post("/stops/lift", response={204: None, REFUSALS: Error}, **APPROVING)
def lift_stop(request: HttpRequest) -> Status[None]:
    """Let mails leave again. For admins."""
    outbox.resume(admin(request))
    return Status(204, None)
