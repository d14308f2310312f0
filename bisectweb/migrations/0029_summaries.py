"""Fills the summaries of bugs that are there, as `bisectweb.summaries` does since."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from runner.console import find_crash, guilty_file
from runner.symbols.report import is_symbolized

LONGEST = 4000
RUNNING = {"queued": "running"}


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("bisectweb", "Bug").objects
    for bug in rows.order_by("pk").iterator(chunk_size=500):
        rows.filter(pk=bug.pk).update(**summary(apps, bug))
        file_under(apps, bug)


def summary(apps: Apps, bug: Any) -> dict[str, Any]:
    culprits = apps.get_model("bisectweb", "Culprit").objects.filter(bisection__bug=bug)
    latest = bug.bisections.order_by("-created", "-pk").first()
    named = culprits.filter(bisection=latest).first()
    newest = bug.events.order_by("-at", "-pk").first()
    shas = dict.fromkeys(culprits.order_by("pk").values_list("sha", flat=True))
    return {
        "latest": latest,
        "bisected": RUNNING.get(latest.state, latest.state) if latest else "none",
        "confidence": (named.confidence or 0) if named else 0,
        "judged": named.verdict if named else "",
        "has_reproducer": bug.crashes.exclude(reproducer="").exists(),
        "crash_count": bug.crashes.count(),
        "active": newest.at if newest else bug.created,
        "words": words(apps, bug, culprits),
        "commits": "".join(f" {sha}" for sha in shas),
    }


def words(apps: Apps, bug: Any, culprits: Any) -> str:
    found = [bug.title, bug.fix, *(bug.subsystems.split(", "))]
    found += culprits.order_by("pk").values_list("subject", flat=True)
    crashes = bug.crashes.order_by("created")
    crash = crashes.exclude(config="").exclude(reproducer="").last() or crashes.last()
    if crash:
        text = report(apps, crash)
        found.append(guilty_file(text) or "")
        if read := find_crash(text):
            found += [read.title, *read.alt_titles]
    found += crashes.order_by("title").values_list("title", flat=True).distinct()[: LONGEST // 10]
    lines = dict.fromkeys(line.casefold() for line in found if line)
    return "\n".join(lines).replace("\0", "")[:LONGEST]


def report(apps: Apps, crash: Any) -> str:
    if not is_symbolized(crash.report):
        runs = apps.get_model("bisectweb", "Run").objects.filter(
            revision__bisection__crash=crash, outcome="crash", note=""
        )
        run = runs.exclude(report="").order_by("pk").first()
        if run and is_symbolized(run.report):
            return str(run.report)
    return str(crash.report)


def file_under(apps: Apps, bug: Any) -> None:
    rows = apps.get_model("bisectweb", "Subsystem").objects
    names = sorted(set(bug.subsystems.split(", ")) - {""})
    bug.in_subsystems.set([rows.get_or_create(name=name)[0] for name in names])


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0028_summary"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
