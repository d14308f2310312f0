"""What the API says when it refuses: one shape, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Schema
from ninja.errors import HttpError, Throttled, ValidationError

from runner.errors import InputError

REFUSALS = frozenset({400, 401, 403, 404, 413, 422, 429, 503})
PLAIN = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "OK"}


class Error(Schema):
    """Why nothing was done."""

    error: str
    fields: dict[str, list[str]] = {}
    """What is wrong with which part of the request, where that is known."""


class Refused(Exception):
    """The request was understood, and cannot be done as it is."""

    def __init__(self, words: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(words)
        self.fields = {name: list(said) for name, said in (fields or {}).items()}


def replies(facts: Any, status: int = 200) -> dict[Any, Any]:
    """What a call answers, for its schema."""
    return {status: facts, REFUSALS: Error}


TEXT: dict[str, Any] = {"response": {REFUSALS: Error}, "openapi_extra": {"responses": {200: PLAIN}}}
"""Of calls that answer with text."""


def checked(form: BaseForm) -> Mapping[str, Any]:
    """What a form takes for valid; refused in its words otherwise."""
    if not form.is_valid():
        fields = {name: [str(one) for one in said] for name, said in form.errors.items()}
        raise Refused("Some of what was sent cannot be used: see `fields`.", fields)
    return form.cleaned_data


TOO_LARGE = "This is more than is read of one request."
ALWAYS = (
    (Http404, 404, "There is no such thing here, or it is not for you to see."),
    (Throttled, 429, "Too many changes within a minute: wait, then send it again."),
    (RequestDataTooBig, 413, TOO_LARGE),
)
"""What is said whatever the error says."""


ELSEWHERE = {
    400: "This is no request that can be understood.",
    405: "This call is not made that way: see the header Allow.",
    413: TOO_LARGE,
    500: "Something broke on our side: the error is in the server's log.",
    503: "Nothing was saved: the disk is full, or the database is busy. Try again in a minute; if "
    "it stays so, an admin should look at the disks of BISECTWEB_DATA, the database and /tmp.",
}
"""What is said where the refusal did not come from a call, by status."""


class AlwaysJson:
    """Whatever refuses a call, its answer has the shape of `Error`. A middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        words = ELSEWHERE.get(response.status_code)
        is_call = request.path.startswith(reverse("api:api-root"))
        if words and is_call and "json" not in response["Content-Type"]:
            response.content = JsonResponse(Error(error=words).model_dump()).content
            response["Content-Type"] = "application/json; charset=utf-8"
            response["Content-Length"] = str(len(response.content))
        return response


def refusal(error: BaseException | type[BaseException]) -> tuple[int, Error] | None:
    """Status and answer; None for what is our own fault."""
    for kind, status, words in ALWAYS:
        if isinstance(error, kind):
            return status, Error(error=words)
    match error:
        case PermissionDenied():
            return 403, Error(error=str(error) or "You may not do this.")
        case ValidationError():
            words = "Some of what was sent is not as the schema wants it: see `fields`."
            return 422, Error(error=words, fields=_by_field(error.errors))
        case Refused():
            return 422, Error(error=str(error), fields=error.fields)
        case InputError():
            return 422, Error(error=str(error))
        case HttpError():
            return error.status_code, Error(error=str(error))
        case _:
            return None


def _by_field(errors: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in errors:
        name = ".".join(str(part) for part in one["loc"])
        found.setdefault(name, []).append(str(one["msg"]))
    return found
