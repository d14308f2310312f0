"""The examples of docs/api.md work."""

from __future__ import annotations

import json
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bisectweb.models import ApiToken, Note
from bisectweb.outbound import emails
from bisectweb.summaries import summarise
from tests.bisectweb.logs import cause_log
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_revision,
    create_standing,
    create_tree,
    create_worker,
)

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "api.md"
FILES = {"one.txt": cause_log(), "two.txt": f"{cause_log()}\n"}

curl = ArgumentParser("curl", exit_on_error=False)
curl.add_argument("address")
curl.add_argument("-H", dest="headers", action="append", default=[])
curl.add_argument("-d", dest="data")
curl.add_argument("-F", dest="files", action="append", default=[])
curl.add_argument("-X", dest="method")


def examples() -> Iterator[str]:
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("    curl "):
            yield line.strip()


@pytest.fixture
def names() -> dict[str, str]:
    """What the variables of the examples stand for."""
    admin = User.objects.create_superuser("admin", "admin@kernel.invalid")
    _, token = ApiToken.issue(admin, "examples", ApiToken.Scope.values, expires=None)
    bug = create_bug(tree=create_tree(name="linux"), subsystems="net")
    summarise(bug.pk)
    bisection = create_bisection(crash=create_crash(bug=bug), state="found")
    create_standing(bisection)
    create_bisection(crash=bisection.crash, state="failed", reason="the disk is full")
    mail = create_message(bisection=create_culprit(bisection=bisection).bisection)
    return {
        "SITE": "",
        "TOKEN": token,
        "TREE": str(bug.tree_id),
        "NAME": bug.tree.name,
        "BUG": str(bug.pk),
        "CRASH": str(bisection.crash_id),
        "BISECTION": str(bisection.pk),
        "SHA": create_revision(bisection=bisection, built=True).sha,
        "MESSAGE": str(mail.pk),
        "NOTE": str(Note.objects.create(bug=bug, author=admin, text="It is **not** kfree.").pk),
        "WORKER": str(create_worker().pk),
        "SEEN": emails.seen(mail),
    }


def called(line: str) -> Any:
    """As curl would do it."""
    asked = curl.parse_args(shlex.split(line)[1:])
    headers = dict(header.split(": ") for header in asked.headers)
    client = Client(headers=headers)
    if asked.files:
        uploads = [name.partition("=@")[2] for name in asked.files]
        logs = [SimpleUploadedFile(name, FILES[name].encode()) for name in uploads]
        return client.post(asked.address, {"logs": logs})
    if asked.method == "DELETE":
        return client.delete(asked.address)
    if asked.data or asked.method == "POST":
        kind = headers.get("Content-Type", "application/x-www-form-urlencoded")
        return client.post(asked.address, asked.data or "", content_type=kind)
    return client.get(asked.address)


def test_there_are_examples_of_all_that_changes_something() -> None:
    assert len([line for line in examples() if " -d " in line or " -F " in line]) >= 6


@pytest.mark.parametrize("line", list(examples()))
def test_an_example_works(line: str, names: dict[str, str]) -> None:
    answer = called(Template(line).substitute(names))
    assert answer.status_code in (200, 201, 204), answer.content
    if answer.content and answer["Content-Type"].startswith("application/json"):
        assert json.loads(answer.content)


def test_each_call_says_what_it_does(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    calls = [call for path in schema["paths"].values() for call in path.values()]
    assert len(calls) > 50
    assert [call["operationId"] for call in calls if not call.get("description")] == []
