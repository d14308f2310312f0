"""Programs that call the API for somebody."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from bisectweb.models import ApiToken

API = "/api/v1"


def program(user: User, *scopes: str) -> Client:
    """A client with a token of this person; without `scopes` it has all of them."""
    _, token = ApiToken.issue(user, "a program", scopes or ApiToken.Scope.values, expires=None)
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(client: Client, call: str, **body: Any) -> Any:
    return client.post(f"{API}/{call}", body, content_type="application/json")
