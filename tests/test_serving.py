"""`manage.py serve` as an admin uses it: file, watch, cancel, bisect again, approve, stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from bisectweb.management.commands.demo import free_port
from tests import demos, processes
from tests.demokernel.generate import generate
from tests.persons import Person, until

pytestmark = pytest.mark.kernel

MANAGE = [sys.executable, str(demos.ROOT / "manage.py")]
PASSWORD = "not-a-secret"
BISECT_SECONDS = 600


@contextmanager
def served(data: Path) -> Iterator[Person]:
    """A site with an admin, until the context is left by SIGTERM."""
    environment = {
        **os.environ,
        "BISECTWEB_DATA": str(data),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    port = free_port(0)
    create = ["createsuperuser", "--noinput", "--username=admin", "--email=admin@demo.invalid"]
    for command in (["migrate", "--verbosity=0"], create):
        subprocess.run([*MANAGE, *command], env=environment, check=True, capture_output=True)
    serve = [*MANAGE, "serve", "--port", str(port)]
    with subprocess.Popen(serve, env=environment, cwd=demos.ROOT) as process:
        person = Person(f"http://127.0.0.1:{port}")
        try:
            until(lambda: answers(person), 60, "the site answers")
            person.sign_in("admin", PASSWORD)
            yield person
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(person: Person) -> bool:
    try:
        return bool(person.get("/"))
    except URLError:
        return False


def file_bug(person: Person, folder: Path) -> str:
    """Add the demo's tree and file its bug, by the forms; the path of its bisection."""
    manifest = json.loads((folder / "demo.json").read_text())
    tree = {
        "name": "demo kernel",
        "url": manifest["tree"],
        "branch": manifest["branch"],
        "compiler": manifest["compiler"],
        "arch": "x86_64",
        "ssh_user": "root",
        "seen_by": "everybody",
        "auto_confidence": 0.95,
        "digest_after": 0,
        "mail_kb": 64,
        "mails_per_hour": 20,
        **manifest["machine"],
    }
    page = "/admin/bisectweb/tree/add/"
    assert "was added successfully" in person.post(page, page, **tree)
    person.post(
        "/bugs/new/",
        "/bugs/new/",
        tree=1,
        title=manifest["title"],
        commit=manifest["bad"],
        config=(folder / manifest["config"]).read_text(),
        reproducer=(folder / manifest["reproducer"]).read_text(),
        crash_title=manifest["title"],
        kind="cause",
        strategy="classic",
        runs=10,
    )
    bisection = re.search(r"/bisections/\d+", person.get("/bugs/1/"))
    assert bisection is not None
    return bisection[0]


def test_an_admin_cancels_bisects_again_and_approves(tmp_path: Path) -> None:
    generate(tmp_path / "tree", seed=6)
    manifest = json.loads((tmp_path / "tree" / "demo.json").read_text())
    data = tmp_path / "data"
    with served(data) as person:
        first = file_bug(person, tmp_path / "tree")
        until(lambda: machines(data), 120, "a VM runs")
        person.post(f"{first}/", f"{first}/cancel")
        assert person.json(f"{first}.json")["state"] == "cancelled"
        until(lambda: not machines(data), 15, "the VMs are gone")
        assert "error: cancelled by admin" in person.get(f"{first}/log")

        person.post(
            "/bugs/1/",
            "/crashes/1/bisect",
            kind="cause",
            strategy="classic",
            runs=6,
            good="v1.0",
            bad="",
        )
        second = "/bisections/2"
        until(
            lambda: person.json(f"{second}.json")["state"] not in ("queued", "running"),
            BISECT_SECONDS,
            "the second bisection ends",
        )
        facts = person.json(f"{second}.json")
        assert facts["culprit"]["sha"] == manifest["expected"]
        searched = [one for one in facts["revisions"] if one["role"] == "search"]
        # Six were asked for, twice as many at the start; the verification adds to some.
        assert min(len(revision["runs"]) for revision in searched) == 6
        assert len(searched[0]["runs"]) == 12
        assert "testing the given good commit" in person.get(f"{second}/log")

        assert not list(data.glob("mail/*"))
        mail = person.get("/messages/1/")
        assert "awaiting approval" in mail.lower()
        person.post("/messages/1/", "/messages/1/approve")
        [sent] = until(lambda: list(data.glob("mail/*.eml")), 30, "the mail is sent")
        assert manifest["expected"] in sent.read_text()
    until(lambda: not processes.mentioning(str(data)), 15, "nothing is left running")


def machines(data: Path) -> list[int]:
    return processes.mentioning("qemu-system-x86_64", str(data))
