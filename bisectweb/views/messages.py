"""The outbox: maintainers and admins read each mail as it will leave, and let it go or not."""

from __future__ import annotations

from email.header import decode_header, make_header

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from bisectweb.access import kept
from bisectweb.forms import RecipientsForm
from bisectweb.models import Message, Stop
from bisectweb.outbound import emails, outbox
from bisectweb.outbound.unwanted import unwanted
from bisectweb.views.access import admins_only, keepers_only, kept_or_403, person
from bisectweb.views.levers import reason_of, tell

PAGE = 50
MOST = 10_000
"""Mails that are paged through, the newest ones; each is on its bug's page, too."""
STOPS = 5


@require_safe
@keepers_only
def message_list(request: HttpRequest) -> HttpResponse:
    mails = kept(Message.objects.select_related("bug", "decided_by"), request.user)
    only_waiting = request.GET.get("state") == Message.State.AWAITING_APPROVAL
    if only_waiting:
        mails = mails.filter(state=Message.State.AWAITING_APPROVAL)
    places = Paginator(range(mails.order_by()[:MOST].count()), PAGE)
    page = places.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "mails": mails[PAGE * (page.number - 1) : PAGE * page.number],
        "stops": Stop.objects.select_related("by", "lifted_by")[:STOPS],
        "only_waiting": only_waiting,
    }
    return render(request, "messages/list.html", context)


def headers(mail: Message) -> list[tuple[str, str]]:
    """The headers that leave, readable; the date is set when it leaves."""
    outgoing = emails.outgoing(mail).message()
    return [
        (name, str(make_header(decode_header(value))))
        for name, value in outgoing.items()
        if name not in ("Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
    ]


def shown() -> QuerySet[Message]:
    """Mails with what the page of one shows."""
    return Message.objects.select_related("bug__tree", "bisection", "decided_by")


def page_of(
    request: HttpRequest, mail: Message, people: RecipientsForm, status: int = 200
) -> HttpResponse:
    context = {
        "mail": mail,
        "headers": headers(mail),
        "seen": emails.seen(mail),
        "stop": Stop.current(),
        "people_form": people,
    }
    return render(request, "messages/detail.html", context, status=status)


@require_safe
@login_required
def message_detail(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, shown(), pk=pk)
    return page_of(request, mail, RecipientsForm(people=mail.recipients))


@require_safe
@login_required
def message_raw(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, Message.objects.select_related("bug"), pk=pk)
    return HttpResponse(emails.raw(mail), content_type="text/plain; charset=utf-8")


@require_POST
@login_required
def message_approve(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        mail = kept_or_403(request, Message.objects.all(), pk=pk)
        if mail.is_undecided and request.POST.get("seen") != emails.seen(mail):
            notices.error(request, "The mail has changed since you saw it. Read it again.")
            return redirect(mail)
        done = outbox.approve(mail, person(request))
    return answer(request, mail, done, "Approved. It leaves with the next round of the queue.")


@require_POST
@login_required
def message_people(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, shown(), pk=pk)
    if not mail.is_undecided:
        return answer(request, mail, done=False)
    form = RecipientsForm(request.POST, people=mail.recipients, never=unwanted(mail.bug))
    if not form.is_valid():
        return page_of(request, mail, form, status=422)
    by = person(request)
    people = form.asked_for(by.get_username())
    done = outbox.readdress(mail, people, by, form.cleaned_data["reason"])
    return answer(request, mail, done, "Changed. Read once more whom it goes to.")


@require_POST
@admins_only
def message_stop(request: HttpRequest) -> HttpResponse:
    if reason := reason_of(request):
        done = outbox.stop(person(request), reason)
        words = "Stopped. No mail leaves until somebody lifts this."
        tell(request, done, words, "All mail was stopped before.")
    return redirect("message-list")


@require_POST
@admins_only
def message_resume(request: HttpRequest) -> HttpResponse:
    done = outbox.resume(person(request))
    tell(request, done, "Lifted. What was approved leaves now.", "No stop was to be lifted.")
    return redirect("message-list")


@require_POST
@login_required
def message_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    if not (reason := reason_of(request)):
        return redirect(mail)
    done = outbox.cancel(mail, person(request), reason)
    return answer(request, mail, done, "Cancelled. The mail will not leave.")


@require_POST
@login_required
def message_again(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    done = outbox.send_again(mail, person(request))
    return answer(request, mail, done, "It leaves once more with the next round of the queue.")


@require_POST
@login_required
def message_arrived(request: HttpRequest, pk: int) -> HttpResponse:
    mail = kept_or_403(request, Message.objects.all(), pk=pk)
    done = outbox.arrived(mail, person(request))
    return answer(request, mail, done, "Noted that it arrived.")


def answer(request: HttpRequest, mail: Message, done: bool, words: str = "") -> HttpResponse:
    """Back to the mail, with what came of a lever."""
    tell(request, done, words, "This mail was decided on before.")
    return redirect(mail)
