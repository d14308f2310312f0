"""Asks the application what schemathesis made up, and compares the answer with the schema."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any
from zlib import crc32

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from bisectweb.wsgi import application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def whole(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    """The application; its answers are read to the end and closed, as a server does."""
    answer = application(environ, start_response)
    with closing(answer):
        return [b"".join(answer)]


def served() -> OpenApiSchema:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", whole)


def conforms(case: schemathesis.Case[Any], rows: Mapping[str, Any], token: str) -> None:
    """Half of the rows that a request asks for are there."""
    for name, value in case.path_parameters.items():
        if crc32(str(value).encode("utf-8", "replace")) % 2:
            noun = case.path.removeprefix("/api/v1/").partition("/")[0]
            case.path_parameters[name] = rows[noun]
    if isinstance(case.body, dict) and isinstance(case.body.get("tree"), int):
        case.body["tree"] = rows["tree id"]
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(response, checks=CHECKS)
