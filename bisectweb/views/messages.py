"""The outbox: staff read each mail as it will leave, and let it go or not."""

from __future__ import annotations

from email.header import decode_header, make_header

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bisectweb import emails, outbox
from bisectweb.forms import ReasonForm
from bisectweb.models import Message
from bisectweb.views.access import person, staff_only

PAGE = 50


@require_safe
@staff_only
def message_list(request: HttpRequest) -> HttpResponse:
    mails = Message.objects.select_related("bug", "decided_by")
    page = Paginator(mails, PAGE).get_page(request.GET.get("page"))
    return render(request, "messages/list.html", {"page": page})


def headers(mail: Message) -> list[tuple[str, str]]:
    """The headers that leave, readable; the date is set when it leaves."""
    outgoing = emails.outgoing(mail).message()
    return [
        (name, str(make_header(decode_header(value))))
        for name, value in outgoing.items()
        if name not in ("Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
    ]


@require_safe
@staff_only
def message_detail(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(
        Message.objects.select_related("bug", "bisection", "decided_by"), pk=pk
    )
    return render(request, "messages/detail.html", {"mail": mail, "headers": headers(mail)})


@require_POST
@staff_only
def message_approve(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    done = outbox.approve(mail, person(request))
    return answer(request, mail, done, "Approved. It leaves with the next round of the queue.")


@require_POST
@staff_only
def message_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        notices.error(request, "Say why the mail must not leave, in at most 500 characters.")
        return redirect(mail)
    done = outbox.cancel(mail, person(request), form.cleaned_data["reason"])
    return answer(request, mail, done, "Cancelled. The mail will not leave.")


@require_POST
@staff_only
def message_again(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    done = outbox.send_again(mail, person(request))
    return answer(request, mail, done, "It leaves once more with the next round of the queue.")


@require_POST
@staff_only
def message_arrived(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    done = outbox.arrived(mail, person(request))
    return answer(request, mail, done, "Noted that it arrived.")


def answer(request: HttpRequest, mail: Message, done: bool, words: str) -> HttpResponse:
    """Back to the mail, with what came of a lever."""
    if done:
        notices.success(request, words)
    else:
        notices.info(request, "This mail was decided on before.")
    return redirect(mail)
