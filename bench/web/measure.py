"""Fills the database once, starts the web server as a service does, and reads its pages."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from http.client import HTTPConnection
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test import Client

from bench.web.copies import Copies
from bench.web.readers import Addresses, Site, read
from bench.web.report import dearest, misses, table
from bench.web.rows import fill
from bench.web.targets import Cost, costs, spread, targets
from bisectweb.models import Bisection, Bug, Kernel, Revision, Run
from bisectweb.serving import collected, web_server
from runner.process import service
from tests.browser.pages import Role, person
from tests.browser.scene import Scene
from tests.browser.scene import fill as fill_scene

HOST = "127.0.0.1"
START_SECONDS = 60.0
SCENES = 60
"""Different rows that each page is asked for."""
WARM_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A full database: its scene, and what it is full of."""

    scene: Scene
    made: Mapping[str, Copies]


def prepared(folder: Path, bugs: int) -> Prepared:
    """Filled the first time, and found again later."""
    note = folder / "scene.json"
    if not note.exists():
        begun = time.monotonic()
        scene = fill_scene()
        made = fill(scene, bugs)
        note.write_text(json.dumps(_noted(scene, made)))
        print(f"filled in {time.monotonic() - begun:.0f} s")
    known = json.loads(note.read_text())
    rows = {
        name: apps.get_model(label)._default_manager.get(pk=pk)
        for name, (label, pk) in known["scene"].items()
    }
    return Prepared(Scene(**rows), {name: Copies(**some) for name, some in known["made"].items()})


def _noted(scene: Scene, made: Mapping[str, Copies]) -> Mapping[str, object]:
    rows = {field.name: getattr(scene, field.name) for field in fields(scene)}
    return {
        "scene": {name: (row._meta.label, row.pk) for name, row in rows.items()},
        "made": {name: asdict(some) for name, some in made.items()},
    }


def measure(site: Prepared, *, readers: int, seconds: float) -> int:
    """The table, and the status of the program."""
    for model in (Bug, Bisection, Revision, Run, Kernel):
        print(f"{model._default_manager.count()} {model._meta.verbose_name_plural}")
    scenes = list(spread(site.scene, site.made, SCENES))
    found = measured(scenes)
    pages = addresses(scenes)
    cookies = signed_in(site.scene)
    connections.close_all()
    with served() as port:
        where = Site(HOST, port, cookies)
        read(where, pages, readers=readers, seconds=WARM_SECONDS, think=0)
        calm = read(where, pages, readers=readers, seconds=seconds, think=1)
        busy = read(where, pages, readers=readers, seconds=seconds / 2, think=0)
    print(table(found, calm, busy))
    print(f"{len(calm) / seconds:.0f} pages a second with pauses, ", end="")
    print(f"{len(busy) / (seconds / 2):.0f} without; {os.getloadavg()[1]:.1f} programs at work")
    missed = list(misses(found, calm))
    print("\n".join(missed) or "all as required")
    return 1 if missed else 0


def measured(scenes: list[Scene]) -> Mapping[str, Cost]:
    """Of each page, what it takes about the first few scenes at most. The first time is not
    counted: templates are compiled then.
    """
    costs(targets(scenes[0]), scenes[0])
    some = [costs(targets(scene), scene) for scene in scenes[:3]]
    return {name: dearest(one[name] for one in some) for name in some[0]}


def addresses(scenes: list[Scene]) -> Addresses:
    every = [targets(scene) for scene in scenes]
    return {same[0].name: list(same) for same in zip(*every, strict=True)}


def signed_in(scene: Scene) -> Mapping[Role, str]:
    """The header of somebody of each role who has a session."""
    cookies = {}
    for role in Role:
        if user := person(scene, role):
            client = Client()
            client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
            cookies[role] = client.cookies.output(header="", sep=";").partition(";")[0].strip()
    return cookies


@contextmanager
def served() -> Iterator[int]:
    """The port of gunicorn, as `manage.py serve` starts it."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    with service(web_server(HOST, port), env=collected(os.environ), cwd=settings.BASE_DIR):
        _until_it_answers(port)
        yield port


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            HTTPConnection(HOST, port, timeout=START_SECONDS).request("GET", "/login/")
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
