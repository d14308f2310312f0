"""What opens a repository or a database stays with us."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from bisectweb.labs import hidden
from bisectweb.outbound import emails
from tests.factories import create_bisection, create_bug, create_crash, create_tree

pytestmark = pytest.mark.django_db

SECRET = "hunter2"
URL = f"https://robot:{SECRET}@git.invalid/linux.git"


def test_nobody_reads_the_password_of_a_repository(admin_client: Client) -> None:
    tree = create_tree(name="vendor", url=URL)
    bug = create_crash(bug=create_bug(tree=tree)).bug
    pages = ("/", "/trees/", "/trees/vendor/", "/api/v1/trees", "/api/v1/trees/vendor", "/?json=1")
    of_bug = ("", "?json=1", "run.sh")
    addresses = [*pages, *(f"/bugs/{bug.pk}/{page}" for page in of_bug), f"/bugs/{bug.pk}.json"]
    texts = {address: admin_client.get(address).text for address in addresses}
    assert [address for address, text in texts.items() if SECRET in text] == []
    named = [address for address, text in texts.items() if "https://git.invalid/linux.git" in text]
    assert len(named) >= 7


def test_no_mail_tells_the_password_of_a_repository() -> None:
    crash = create_crash(bug=create_bug(tree=create_tree(url=URL)))
    bisection = create_bisection(crash=crash, state="inconclusive", reason="nobody knows")
    body = emails.unsolved(bisection, []).body
    assert "https://git.invalid/linux.git" in body
    assert SECRET not in body


def test_foreign_code_does_not_find_the_socket_of_the_database() -> None:
    data, sockets = Path("/srv/bisectweb"), Path("/nowhere/sockets")
    assert hidden(data, "") == hidden(data, "db.invalid") == (data,)
    assert hidden(data, str(sockets)) == (data, sockets)
