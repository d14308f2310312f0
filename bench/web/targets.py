"""What is asked for: every page and call that can be read, about rows all over the database."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.web.copies import RICH, Copies
from bisectweb.api.service import api
from bisectweb.models import Bisection, Message, Run
from tests.browser.pages import PAGES, Role, kernel_key, person
from tests.browser.scene import Scene

MOST = 12
"""Queries of a page."""
CALLS: Mapping[str, Callable[[Scene], object]] = {
    "bisections": lambda scene: scene.found.pk,
    "bugs": lambda scene: scene.found.bug.pk,
    "commits": lambda scene: scene.crashed.revision.sha,
    "crashes": lambda scene: scene.found.crash.pk,
    "kernels": kernel_key,
    "messages": lambda scene: scene.mail.pk,
    "patch-runs": lambda scene: scene.unhelpful.runs.latest("index").pk,
    "patch-tests": lambda scene: scene.quiet.pk,
    "revisions": lambda scene: scene.crashed.revision.pk,
    "runs": lambda scene: scene.crashed.pk,
    "trees": lambda scene: scene.found.bug.tree.name,
}
"""What stands in the path of a call after its noun."""
FILES_OF_KERNELS = "/config"
"""No kernel was built here, and none of its files is there."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address, and who asks for it."""

    name: str
    address: str
    role: Role


def targets(scene: Scene) -> Sequence[Target]:
    """One for each page and each call of the API that answers with something."""
    pages = [
        Target(page.name, page.address(scene), page.role)
        for page in PAGES
        if page.status == HTTPStatus.OK
    ]
    return [*pages, *calls(scene)]


def calls(scene: Scene) -> Iterator[Target]:
    """An admin's, as some are for nobody else."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        noun = path.removeprefix(reverse("api:api-root")).split("/")[0]
        if "get" in methods and not ("kernels/" in path and path.endswith(FILES_OF_KERNELS)):
            head, brace, rest = path.partition("{")
            of = f"{CALLS[noun](scene)}{rest.partition('}')[2]}" if brace else ""
            yield Target(f"API {path}", f"{head}{of}", Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer takes."""

    status: int
    queries: int
    """With those for session and user."""
    work: float
    """Seconds of a core that Python and PostgreSQL are at work, whatever else the machine does."""


def costs(asked: Sequence[Target], scene: Scene) -> Mapping[str, Cost]:
    """Of each, by its name."""
    clients = {role: Client(headers={"host": "localhost"}) for role in Role}
    for role, client in clients.items():
        if user := person(scene, role):
            client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    return {one.name: cost(one, clients[one.role]) for one in asked}


def cost(target: Target, client: Client) -> Cost:
    begun = at_work()
    with CaptureQueriesContext(connection) as asked:
        response = client.get(target.address)
        response.getvalue()  # which closes its file
    return Cost(response.status_code, len(asked), at_work() - begun)


def at_work() -> float:
    """Seconds that this thread has had of a core, and the process that answers its queries."""
    connection.ensure_connection()
    if connection.vendor != "postgresql":
        return time.thread_time()
    of_database = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.thread_time() + int(of_database.split()[0]) / 1e9


def spread(scene: Scene, made: Mapping[str, Copies], count: int) -> Iterator[Scene]:
    """Scenes whose bisections are other copies, so that no row is asked for all the time."""
    dice = random.Random(count)
    for _ in range(count):
        others: dict[str, Any] = {
            field.name: one_of(made[field.name], dice)
            for field in fields(scene)
            if field.name in made
        }
        found = others["found"]
        crashed = Run.objects.filter(revision__bisection=found, outcome=Run.Outcome.CRASH)
        mail = Message.objects.get(bisection=found)
        yield replace(scene, **others, crashed=crashed.earliest("pk"), mail=mail)


def one_of(copies: Copies, dice: random.Random) -> Bisection:
    """One that everybody may see, with reports and standings if there is any in reach."""
    rows = Bisection.objects.filter(bug__tree__seen_by="everybody").order_by("pk")
    while True:
        chosen = dice.randint(copies.first, copies.last) // RICH * RICH
        rich = rows.filter(pk=chosen, pk__gte=copies.first).first()
        if (
            row := rich
            or rows.filter(pk__gte=max(chosen, copies.first), pk__lte=copies.last).first()
        ):
            return row
