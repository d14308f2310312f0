"""Consoles and build logs."""

from __future__ import annotations

import gzip
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories import create_revision, create_run

pytestmark = pytest.mark.django_db
REPORT = "WARNING: CPU: 0 PID: 1 at nested.c:1\n svm_leave_nested+0x10\n"
CONSOLE = (
    "[    0.000000] Linux version 6.12\n"
    "[    1.000000] WARNING: CPU: 0 PID: 1 at nested.c:1\n"
    "[    1.000001]  svm_leave_nested+0x10\n"
    "[    1.000002] bye\n"
)


def lines(html: str) -> list[tuple[str, str]]:
    """Class and number of each console line."""
    return re.findall(r'<span class="(line(?: crash)?)" id="L(\d+)">', html)


def test_a_console_has_numbered_lines_and_a_marked_crash(client: Client) -> None:
    run = create_run(outcome="crash", words="crashed: x", report=REPORT, console=CONSOLE)
    html = client.get(run.get_absolute_url()).text
    assert lines(html) == [("line", "1"), ("line crash", "2"), ("line crash", "3"), ("line", "4")]
    assert '<a href="#L2">crash</a>' in html
    assert reverse("run-console", args=[run.pk]) in html
    assert "Run 0: <bdi>crashed: x</bdi>" in html


def test_a_huge_console_opens_at_its_crash_and_has_ways_to_the_rest(client: Client) -> None:
    quiet = "".join(f"[    0.5] {number}\n" for number in range(30_000))
    run = create_run(outcome="crash", words="x", report=REPORT, console=quiet + CONSOLE + quiet)
    response = client.get(run.get_absolute_url())
    assert len(lines(response.text)) == 1000
    assert "Lines 29752 to 30751 of 60004" in response.text
    assert '<a href="#L30002">crash</a>' in response.text
    assert len(response.content) < 250_000
    later = client.get(run.get_absolute_url(), {"from": "30752"}).text
    assert lines(later)[0] == ("line", "30752")
    assert '<a href="?from=29752" rel="prev">earlier</a>' in later
    assert '<a href="?from=29752#L30002">crash</a>' in later


@pytest.mark.parametrize("begin", ["", "0", "-5", "x", "1e9", "\u0663", "9" * 40])
def test_a_line_that_cannot_be_opens_the_log_as_usual(client: Client, begin: str) -> None:
    run = create_run(outcome="crash", words="x", report=REPORT, console=CONSOLE)
    assert lines(client.get(run.get_absolute_url(), {"from": begin}).text)[0] == ("line", "1")


def test_a_log_can_be_taken_home_packed(client: Client) -> None:
    run = create_run(console=CONSOLE * 20_000)
    response = client.get(reverse("run-console", args=[run.pk]), {"gzip": "1"})
    packed = b"".join(response)
    assert gzip.decompress(packed).decode() == CONSOLE * 20_000
    assert response["Content-Disposition"] == f'attachment; filename="console-{run.pk}.log.gz"'
    assert len(packed) < len(CONSOLE) * 1000


def test_a_hostile_console_stays_text(client: Client) -> None:
    run = create_run(
        words="</title><script>alert(1)</script>",
        console="\x1b]0;owned\x07 \0 \u202e <script>alert(1)</script> \r\n\x9b31m",
    )
    html = client.get(run.get_absolute_url()).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not set("\x1b\x07\0\r\x9b\u202e") & set(html)
    assert len(lines(html)) == 2


def test_bytes_that_are_no_text_are_shown_and_served(client: Client) -> None:
    run = create_run()
    run.console.save("raw.log", ContentFile(b"\xff\xfe boot\n"))
    assert "\N{REPLACEMENT CHARACTER} boot" in client.get(run.get_absolute_url()).text
    raw = client.get(reverse("run-console", args=[run.pk]))
    assert b"".join(raw) == b"\xff\xfe boot\n"


def test_a_console_that_is_gone_is_said_to_be_gone(client: Client) -> None:
    run = create_run()
    run.console.delete()
    html = client.get(run.get_absolute_url()).text
    assert "no longer in the storage" in html
    assert "raw log" not in html
    assert client.get(reverse("run-console", args=[run.pk])).status_code == 404


def test_an_empty_console_is_said_to_be_empty(client: Client) -> None:
    run = create_run(console="")
    assert "The guest wrote nothing." in client.get(run.get_absolute_url()).text


def test_a_run_costs_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = create_run()
    with django_assert_max_num_queries(2):
        client.get(run.get_absolute_url())


@pytest.mark.parametrize("name", ["run-console", "revision-build-log-raw"])
def test_logs_are_served_as_nothing_but_text(client: Client, name: str) -> None:
    text = "<script>alert(1)</script>\n"
    revision = create_revision(build_log=ContentFile(text, name="build.log"))
    run = create_run(revision=revision, console=text)
    pk = run.pk if name == "run-console" else revision.pk
    response = client.get(reverse(name, args=[pk]))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert b"".join(response).decode() == text


@pytest.mark.parametrize("name", ["revision-build-log", "revision-build-log-raw"])
def test_a_build_log_that_is_not_there_is_404(client: Client, name: str) -> None:
    revision = create_revision()
    address = reverse(name, args=[revision.pk])
    assert client.get(address).status_code == 404
    revision.build_log.save("build.log", ContentFile("make\n"))
    revision.build_log.storage.delete(str(revision.build_log.name))
    assert client.get(address).status_code == 404


def test_a_build_log_shows_what_stopped_the_build(client: Client) -> None:
    log = "  CC      a.o\na.c:1:2: error: <unknown>\nmake: *** [a.o] Error 1\n"
    revision = create_revision(
        built=False, build_error="a.c does not compile", build_log=ContentFile(log, name="b.log")
    )
    html = client.get(reverse("revision-build-log", args=[revision.pk])).text
    assert lines(html) == [("line", "1"), ("line crash", "2"), ("line crash", "3")]
    assert "a.c:1:2: error: &lt;unknown&gt;" in html
    assert "a.c does not compile" in html
