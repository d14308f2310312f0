"""The page of the tokens with which somebody's programs call the API."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bisectweb.forms import TokenForm
from bisectweb.models import ApiToken
from bisectweb.views.access import person

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def token_list(request: HttpRequest) -> HttpResponse:
    """Theirs; a new one is in the answer to the POST, and never again."""
    user = person(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    token = ""
    if form.is_valid():
        said = form.cleaned_data
        expires = timezone.now() + timedelta(days=said["days"]) if said["days"] else None
        row, token = ApiToken.issue(user, said["name"], said["scopes"], expires)
        logger.info("%s made the API token %s for %s", user, row.prefix, ", ".join(row.scopes))
        form = TokenForm()
    context = {"form": form, "token": token, "tokens": user.api_tokens.all()}
    return render(request, "tokens/list.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=person(request))
    if token.revoke():
        logger.info("%s revoked the API token %s", person(request), token.prefix)
        notices.success(request, f"Revoked. No program can use {token.prefix}… any more.")
    else:
        notices.info(request, "It was revoked before.")
    return redirect("token-list")
