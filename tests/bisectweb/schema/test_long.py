"""The same at each bound of each value: 40 requests to a call. To collect them takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.bisectweb.schema.asking import conforms, served

pytestmark = [pytest.mark.django_db, pytest.mark.long]
schema = served()


@schema.parametrize()
@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_answers_are_as_the_schema_says(
    case: schemathesis.Case[Any], rows: Mapping[str, Any], token: str
) -> None:
    conforms(case, rows, token)
