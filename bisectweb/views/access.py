"""Guards of the pages: what somebody may not see is not there (404); what they see and may not
change is refused (403); strangers sign in first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from bisectweb.access import is_admin, keeps_any, kept, visible
from bisectweb.allowances import Limit, take

P = ParamSpec("P")
M = TypeVar("M", bound=Model)

ENOUGH = "Nothing was added: you have added as much as one person may in a day. Go on tomorrow."


def person(request: HttpRequest) -> User:
    """Who asks, in a view that only signed-in people reach."""
    assert isinstance(request.user, User)
    return request.user


def may_add(request: HttpRequest, times: int = 1) -> bool:
    """Whether they may add so many bugs, crashes, notes or logs today; they count if so. Admins
    have no limit.
    """
    limit = Limit("adding", settings.ADDED_PER_DAY, timedelta(days=1))
    return is_admin(request.user) or take(limit, request.user.pk, times)


def visible_or_404(request: HttpRequest, rows: QuerySet[M], **which: Any) -> M:
    """The row, if there is one that they may see."""
    return get_object_or_404(visible(rows, request.user), **which)


def kept_or_403(request: HttpRequest, rows: QuerySet[M], **which: Any) -> M:
    """The row, if they may pull its levers: admins and maintainers of its tree. For a view below
    `login_required`.
    """
    row = visible_or_404(request, rows, **which)
    if not kept(rows.model._default_manager.filter(pk=row.pk), request.user).exists():
        raise PermissionDenied("This is for the tree's maintainers and for admins.")
    return row


def keepers_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """For admins and whoever maintains any tree; the view shows them what is theirs."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not keeps_any(request.user):
            raise PermissionDenied("This is for maintainers of trees and for admins.")
        return view(request, *args, **kwargs)

    return guarded


def admins_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Strangers sign in first; whoever is signed in and no admin is refused."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_admin(request.user):
            raise PermissionDenied("This is for admins.")
        return view(request, *args, **kwargs)

    return guarded
