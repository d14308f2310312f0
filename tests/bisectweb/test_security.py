"""What every answer says to a browser, and how much we read of a request."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from bisectweb.security import RequestSize
from runner.process import capture
from tests.factories import create_crash

pytestmark = pytest.mark.django_db


def test_every_answer_keeps_foreign_text_from_running(client: Client) -> None:
    bug = create_crash().bug
    nowhere = "/nowhere"
    for address in (
        "/",
        bug.get_absolute_url(),
        f"/bugs/{bug.pk}/repro.c",
        "/api/v1/bugs",
        nowhere,
    ):
        headers = client.get(address).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/login/", "At most 64 MiB are read of one request.\n"),
        ("/api/v1/logs", '{"error": "This is more than is read of one request.", "fields": {}}'),
    ],
)
def test_a_huge_request_is_not_read(address: str, words: str) -> None:
    size = RequestSize.MOST + 1
    answer = Client().generic("POST", address, b"few bytes", CONTENT_LENGTH=str(size))
    assert (answer.status_code, answer.text) == (413, words)


def test_a_length_that_is_none_is_read_as_nothing(client: Client) -> None:
    answer = client.generic("POST", reverse("login"), b"", CONTENT_LENGTH="a lot")
    assert answer.status_code < 500


def test_a_site_behind_https_says_so_to_browsers(tmp_path: Path) -> None:
    told = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    for url, said in (("https://b.invalid", "True True True"), ("http://b", "False False False")):
        env = {
            "DJANGO_SETTINGS_MODULE": "bisectweb.settings",
            "BISECTWEB_URL": url,
            "BISECTWEB_DATA": str(tmp_path),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = capture([sys.executable, "-c", told], deadline=60, cwd=settings.BASE_DIR, env=env)
        assert done.stdout.decode().strip() == said
