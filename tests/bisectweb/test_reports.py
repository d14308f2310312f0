"""The pages show the report that says most, the file to blame, and links to the source."""

from __future__ import annotations

import pytest
from django.test import Client

from bisectweb.models import Bisection, Crash, Run
from bisectweb.reports import best_report
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_revision,
    create_run,
    create_tree,
    sha_of,
)

pytestmark = pytest.mark.django_db

WEB = "https://web.invalid/{sha}/{path}#L{line}"
PLAIN = "WARNING: CPU: 0 PID: 1 at fs/foo.c:7 foo_open+0x1/0x9\nCall Trace:\n vfs_open+0x1/0x9\n"
SYMBOLIZED = (
    "WARNING: CPU: 0 PID: 1 at fs/foo.c:7 foo_open+0x1/0x9 fs/foo.c:7\nCall Trace:\n"
    " <b>\n kfree+0x1/0x9 mm/slub.c:5\n"
    " foo_free+0x1/0x9 fs/foo.c:9\n vfs_open+0x1/0x9 fs/open.c:3\n"
)


def crash_with_run(report: str, run_report: str, role: str = "search") -> tuple[Crash, Run]:
    bug = create_bug(tree=create_tree(web_url=WEB))
    crash = create_crash(bug=bug, report=report)
    revision = create_revision(bisection=create_bisection(crash=crash), role=role)
    run = create_run(revision=revision, outcome="crash", words="crashed: x", report=run_report)
    return crash, run


def test_the_report_of_a_run_that_has_places_says_more() -> None:
    crash, run = crash_with_run(PLAIN, SYMBOLIZED)
    report = best_report(crash)
    assert report.text == SYMBOLIZED
    assert report.web
    assert report.web.sha == run.revision.sha
    assert report.guilty_file == "fs/foo.c"


def test_a_report_with_places_is_the_crashs_own() -> None:
    crash, _ = crash_with_run(SYMBOLIZED.replace("fs/foo.c", "fs/own.c"), SYMBOLIZED)
    report = best_report(crash)
    assert report.guilty_file == "fs/own.c"
    assert report.web
    assert report.web.sha == crash.commit


def test_without_any_places_the_crashs_own_report_is_shown() -> None:
    crash, run = crash_with_run(PLAIN, PLAIN)
    Run.objects.filter(pk=run.pk).update(note="the kernel was built without debug info")
    assert best_report(crash).text == PLAIN


def test_the_commit_of_a_crash_is_known_once_a_bisection_has_found_it() -> None:
    bug = create_bug(tree=create_tree(web_url=WEB))
    crash = create_crash(bug=bug, report=SYMBOLIZED, commit="v6.12")
    assert best_report(crash).web is None
    bisection = create_bisection(crash=crash)
    Bisection.objects.filter(pk=bisection.pk).update(bad=sha_of("v6.12"))
    report = best_report(crash)
    assert report.web
    assert report.web.sha == sha_of("v6.12")


@pytest.mark.parametrize("page", ["bug", "bisection", "run"])
def test_each_page_names_the_guilty_file_with_the_frames_that_led_to_it(
    client: Client, page: str
) -> None:
    crash, run = crash_with_run("", SYMBOLIZED)
    addresses = {
        "bug": crash.bug.get_absolute_url(),
        "bisection": run.revision.bisection.get_absolute_url(),
        "run": run.get_absolute_url(),
    }
    html = client.get(addresses[page]).text
    address = f"https://web.invalid/{run.revision.sha}/fs/foo.c#L7"
    link = f'<a href="{address}" rel="nofollow noreferrer">'
    assert f"Guilty file: {link}<code>fs/foo.c</code></a>" in html
    assert f"{link}fs/foo.c:7</a>" in html
    assert "led to it" in html
    assert "<b>" not in html


def test_a_revert_has_no_files_on_the_web() -> None:
    _, run = crash_with_run("", SYMBOLIZED, role="revert")
    assert run.revision.web() is None


def test_a_commit_of_the_upstream_is_on_the_upstreams_web() -> None:
    upstream = create_tree(web_url="https://up.invalid/{sha}/{path}")
    bug = create_bug(tree=create_tree(web_url=WEB, upstream=upstream))
    crash = create_crash(bug=bug)
    for in_upstream, host in ((True, "https://up.invalid"), (False, "https://web.invalid")):
        bisection = create_bisection(crash=crash, in_upstream=in_upstream, kind="fix")
        web = create_revision(bisection=bisection).web()
        assert web
        assert web.pattern.startswith(host)


def test_a_run_says_why_it_has_no_lines_of_the_source(client: Client) -> None:
    crash, run = crash_with_run("", PLAIN)
    Run.objects.filter(pk=run.pk).update(note="the kernel was built without <debug> info")
    html = client.get(run.get_absolute_url()).text
    assert "Without lines of the source: the kernel was built without &lt;debug&gt; info." in html
    assert crash.bug.title in html
