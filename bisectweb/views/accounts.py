"""Signing in: who guesses passwords has to wait, and who forgot theirs gets a link by mail."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.views import (
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetView,
)
from django.contrib.messages.views import SuccessMessageMixin
from django.db.models import Max
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone

from bisectweb.allowances import Limit, take
from bisectweb.queue import send_password_link
from bisectweb.security import client_address

if TYPE_CHECKING:
    Telling = SuccessMessageMixin[BaseForm]
else:
    Telling = SuccessMessageMixin  # generic in the stubs only

LINKS = Limit("asking for links", 20, timedelta(hours=1))
"""From one address, for whatever accounts."""


def locked_out(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, str] | None
) -> HttpResponse:
    """The page instead of `response` for who failed too often; the same without such an account.

    django-axes calls it (`AXES_LOCKOUT_CALLABLE`).
    """
    name = (credentials or {}).get("username", "")
    tried = AccessAttempt.objects.filter(username=name, ip_address=client_address(request))
    pause: timedelta = settings.AXES_COOLOFF_TIME
    last = tried.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    seconds = max(1, ceil((last + pause - timezone.now()).total_seconds()))
    context = {"until": last + pause, "minutes": ceil(seconds / 60)}
    page = render(request, "registration/locked_out.html", context, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page


class LinkForm(PasswordResetForm):
    """Whether there is such an account is found out in the queue, where nobody can time it."""

    def save(self, *arguments: object, **options: object) -> None:
        send_password_link(self.cleaned_data["email"])


class PasswordForgotten(Telling, PasswordResetView):
    form_class = LinkForm
    success_url = reverse_lazy("login")
    success_message = "If an account has that address, a mail with a link is on its way to it."

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if take(LINKS, client_address(self.request)):
            return super().form_valid(form)
        form.add_error(None, "Too many links were asked for from where you are: wait an hour.")
        return self.render_to_response(self.get_context_data(form=form), status=429)


class PasswordSet(Telling, PasswordResetConfirmView):
    success_url = reverse_lazy("login")
    success_message = "Your password is set. Sign in with it."


class PasswordChange(Telling, PasswordChangeView):
    success_url = reverse_lazy("bug-list")
    success_message = "Your password is changed."
