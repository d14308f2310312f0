"""Who may do what: signed-in people file bugs, staff pull the levers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")


def person(request: HttpRequest) -> User:
    """Who asks, in a view that only signed-in people reach."""
    assert isinstance(request.user, User)
    return request.user


def staff_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Strangers sign in first; whoever is signed in and not staff is refused."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not person(request).is_staff:
            raise PermissionDenied("This is for staff.")
        return view(request, *args, **kwargs)

    return guarded
