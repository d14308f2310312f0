"""A served schema and a row of each noun: what made-up requests are made of and meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings

from bisectweb.models import ApiToken, Event, Note, Score
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
