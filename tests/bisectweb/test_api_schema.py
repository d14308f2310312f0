"""The API does what its schema says, whatever is sent: schemathesis makes the requests up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bisectweb.models import ApiToken, Event, Note, Score
from bisectweb.wsgi import application
from tests.factories import (
    create_bisection,
    create_crash,
    create_culprit,
    create_kernel,
    create_message,
    create_patch_run,
    create_patch_test,
    create_revision,
    create_run,
    create_standing,
    create_worker,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

pytestmark = pytest.mark.django_db

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


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", whole)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The requests are part of the test's transaction, as those of Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(settings: Settings) -> str:
    settings.API_WRITES = 10**6
    admin = User.objects.create_superuser("admin", "admin@kernel.invalid")
    return ApiToken.issue(admin, "schemathesis", ApiToken.Scope.values, expires=None)[1]


@pytest.fixture
def rows(token: str) -> Mapping[str, Any]:
    """A row of each noun: what stands for it in an address."""
    culprit = create_culprit(bisection=create_bisection(crash=create_crash(), state="found"))
    bisection = culprit.bisection
    create_standing(bisection)
    Score.objects.create(bisection=bisection, verdict="trust", probability=0.99)
    revision = create_revision(bisection=bisection, built=True, kernel=create_kernel())
    run = create_run(revision=revision, outcome="crash", report="oops\n")
    Event.objects.create(bug=bisection.bug, text="filed the bug")
    test = create_patch_test(crash=bisection.crash)
    return {
        "bugs": bisection.bug_id,
        "crashes": bisection.crash_id,
        "bisections": bisection.pk,
        "revisions": revision.pk,
        "runs": run.pk,
        "patch-tests": test.pk,
        "patch-runs": create_patch_run(patch_test=test).pk,
        "notes": Note.objects.create(bug=bisection.bug, text="It is **not** kfree.").pk,
        "workers": create_worker().pk,
        "messages": create_message(bisection=bisection).pk,
        "kernels": revision.kernel and revision.kernel.key,
        "commits": revision.sha,
        "trees": bisection.bug.tree.name,
        "tree id": bisection.bug.tree_id,
    }


@schema.parametrize()
@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_answers_are_as_the_schema_says(
    case: schemathesis.Case[Any], rows: Mapping[str, Any], token: str
) -> None:
    for name, value in case.path_parameters.items():
        if crc32(str(value).encode("utf-8", "replace")) % 2:
            noun = case.path.removeprefix("/api/v1/").partition("/")[0]
            case.path_parameters[name] = rows[noun]
    if isinstance(case.body, dict) and isinstance(case.body.get("tree"), int):
        case.body["tree"] = rows["tree id"]
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(response, checks=CHECKS)


@pytest.mark.parametrize("path", ["nothing/", "trees/%0A/events"])
def test_an_address_that_is_no_call_is_refused_as_all_else(path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    for answer in (browser.get(f"/api/v1/{path}"), browser.post(f"/api/v1/{path}")):
        assert answer.status_code == 404
        assert answer.json()["error"]
