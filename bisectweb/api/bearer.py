"""Who calls: by a token, or, for what only reads, by the session of a browser."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

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

    def __call__(self, request: HttpRequest) -> bool:
        if "Authorization" in request.headers:
            if super().__call__(request):
                return True
            raise AuthenticationError(message=WANTED)
        if request.method not in SAFE:
            raise AuthenticationError(message=WANTED)
        return True

    def authenticate(self, request: HttpRequest, token: str) -> bool:
        """True, or the reason why not; from here on the request is that of the token's user."""
        found = ApiToken.known(token)
        if found is None:
            raise AuthenticationError(message=UNKNOWN)
        if self.scope not in found.scopes:
            raise PermissionDenied(f"This token lacks the scope `{self.scope}`.")
        found.note_use()
        request.user = found.user
        return True


def caller(request: HttpRequest) -> User:
    """Who calls, where a token is needed."""
    assert isinstance(request.user, User)
    return request.user
