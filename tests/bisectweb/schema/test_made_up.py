"""The API does what its schema says, whatever is sent: schemathesis makes the requests up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.bisectweb.schema.asking import conforms, served

pytestmark = pytest.mark.django_db

schema = served()
CALLS = [
    (method.upper(), path)
    for path, methods in schema.raw_schema["paths"].items()
    for method in methods
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_answers_are_as_the_schema_says(
    method: str, path: str, rows: Mapping[str, Any], token: str
) -> None:
    call = schema[path][method]

    @settings(max_examples=8)
    @given(st.one_of([call.as_strategy(generation_mode=mode) for mode in GenerationMode]))
    def ask(case: schemathesis.Case[Any]) -> None:
        conforms(case, rows, token)

    ask()


@pytest.mark.parametrize("path", ["nothing/", "trees/%0A/events"])
def test_an_address_that_is_no_call_is_refused_as_all_else(path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    for answer in (browser.get(f"/api/v1/{path}"), browser.post(f"/api/v1/{path}")):
        assert answer.status_code == 404
        assert answer.json()["error"]
