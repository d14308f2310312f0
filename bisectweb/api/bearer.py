"""Who calls: by a token, or, for what only reads, by the session of a browser."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from bisectweb.access import is_admin
from bisectweb.models import ApiToken

SAFE = ("GET", "HEAD")
UNKNOWN = "This token is not known, or no longer valid: make one at /account/tokens/."
WANTED = "A token is needed: send `Authorization: Bearer <token>`. You get one at /account/tokens/."


class Token(HttpBearer):
    """Asks for a token with a scope. Without one, what only reads is for everybody.

    A session is no permission to change anything: a foreign page could use it.
    """

    def __init__(self, scope: ApiToken.Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken | bool:
        if "Authorization" not in request.headers and request.method in SAFE:
            return True
        found: ApiToken | None = super().__call__(request)
        if found is None:
            raise AuthenticationError(message=WANTED)
        return found

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The token's row; from here on the request is one of its user."""
        found = ApiToken.known(token)
        if found is None:
            raise AuthenticationError(message=UNKNOWN)
        _check(found, self.scope)
        found.note_use()
        request.user = found.user
        return found


def _check(token: ApiToken, scope: ApiToken.Scope) -> None:
    if scope not in token.scopes:
        raise PermissionDenied(f"This token lacks the scope `{scope}`.")


def demand(request: HttpRequest, scope: ApiToken.Scope) -> None:
    """Refuse what asks for one more scope than its call does."""
    token = request.auth  # type: ignore[attr-defined]  # what `Token` found
    assert isinstance(token, ApiToken)
    _check(token, scope)


def caller(request: HttpRequest) -> User:
    """Who calls, where a token is needed."""
    assert isinstance(request.user, User)
    return request.user


def admin(request: HttpRequest) -> User:
    """Who calls, where only admins may."""
    if not is_admin(request.user):
        raise PermissionDenied("This is for admins.")
    return caller(request)
