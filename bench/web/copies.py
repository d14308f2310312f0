"""Copies the many rows of a bisection, within the database: millions in a few minutes.

Written in the SQL that PostgreSQL and SQLite have in common; what differs is in `DIGITS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.management.color import no_style
from django.db import connection, models

from bisectweb.models import (
    Bisection,
    Bug,
    Culprit,
    Event,
    ImportedLog,
    Kernel,
    Message,
    Revision,
    Run,
    Score,
    Standing,
)

FOLLOWING: Sequence[type[models.Model]] = (
    Bug.in_subsystems.through,
    Culprit,
    Score,
    ImportedLog,
    Message,
    Event,
)
"""What belongs to a bug or a bisection, and is referred to by nothing else."""
OWNER: Mapping[type[models.Model], tuple[str, type[models.Model]]] = {
    **dict.fromkeys((Bug.in_subsystems.through, Event), ("bug_id", Bug)),
    **dict.fromkeys((Culprit, Score, ImportedLog, Message), ("bisection_id", Bisection)),
}
UNIQUE: Mapping[type[models.Model], Mapping[str, str]] = {
    Bug: {"token": "o.token || '-' || f.k"},
    ImportedLog: {"digest": "o.digest || '-' || f.k"},
    Message: {"message_id": "replace(o.message_id, '@', '.' || f.k || '@')"},
}
"""What must differ in copy `f.k` of `o`."""
SHA = re.compile(r"\b[0-9a-f]{40}\b")

# Eight digits of a number.
DIGITS = {"postgresql": "lpad(to_hex({}), 8, '0')", "sqlite": "printf('%%08x', {})"}

# So many minutes ago.
AGO = {
    "postgresql": "now() - ({}) * interval '1 minute'",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-' || ({}) || ' minutes')",
}
MINUTES = 7
"""From one row to the next."""
RICH = 10
"""One bisection of so many has reports and standings: pages are measured, not disks."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The bisections that are copies of one: their first and last id, without a gap."""

    first: int
    last: int


def multiply(starts: Mapping[type[models.Model], int], block: int, folds: int) -> None:
    """Copy `block` bugs, from these first ids on, until they are there `folds` times."""
    numbers = " UNION ALL ".join(f"SELECT {k} AS k" for k in range(1, folds))
    if not numbers:
        return
    reset(starts)
    for model in (*starts, *FOLLOWING):
        changed = dict(UNIQUE.get(model, {}))
        for field in model._meta.concrete_fields:
            if (field.primary_key and model in starts) or field.related_model in starts:
                changed[field.attname] = f"o.{field.attname} + f.k * {block}"
        key, owner = OWNER.get(model, ("id", model))
        source = (
            f"{model._meta.db_table} o CROSS JOIN ({numbers}) f "
            f"WHERE o.{key} BETWEEN {starts[owner]} AND {starts[owner] + block - 1}"
        )
        insert(model, "o", changed, source)
    reset(starts)


def copy_rows(original: Bisection, copies: Copies, block: int) -> None:
    """Give the copies the revisions, kernels, runs and standings of `original`.

    Every copy of a block's bisection has the commits of that one.
    """
    count = original.revisions.count()
    if not count:
        return
    if sorted(original.revisions.values_list("order", flat=True)) != list(range(count)):
        raise ValueError("the revisions have gaps in their order")
    # The kernel of a revision has the number of the revision.
    base = max(next_id(Revision), next_id(Kernel))
    number = f'{base} + (b.id - {copies.first}) * {count} + r."order"'
    digits = DIGITS[connection.vendor]
    key = f"{digits.format(f'({number})')} || substr(k.key, 9)"
    bisections = f"bisectweb_bisection b ON b.id BETWEEN {copies.first} AND {copies.last}"
    copied = f"bisectweb_revision r JOIN {bisections}"
    of_it = f"WHERE r.bisection_id = {original.pk}"
    kernels = f"{copied} JOIN bisectweb_kernel k ON k.id = r.kernel_id {of_it}"
    insert(Kernel, "k", {"id": number, "key": key}, kernels)
    named = digits.format(f"({copies.first} + (b.id - {copies.first}) %% {block})")
    sha = f"CASE WHEN r.release = '' THEN {named} || substr(r.sha, 9) ELSE r.sha END"
    kernel = f"CASE WHEN r.kernel_id IS NULL THEN NULL ELSE {number} END"
    revision = {"id": number, "bisection_id": "b.id", "sha": sha, "kernel_id": kernel}
    insert(Revision, "r", revision, f"{copied} {of_it}")
    report = f"CASE WHEN b.id %% {RICH} = 0 AND o.\"index\" = 0 THEN o.report ELSE '' END"
    runs = f"{copied} JOIN bisectweb_run o ON o.revision_id = r.id {of_it}"
    insert(Run, "o", {"revision_id": number, "report": report}, runs)
    standings = f"bisectweb_standing s JOIN {bisections} AND b.id %% {RICH} = 0"
    of_it = f"WHERE s.bisection_id = {original.pk}"
    insert(Standing, "s", {"bisection_id": "b.id"}, f"{standings} {of_it}")
    reset((Revision, Kernel))


def insert(
    model: type[models.Model],
    alias: str,
    changed: Mapping[str, str],
    source: str,
) -> None:
    """Copy rows called `alias` in `source`, with an SQL expression for each changed column."""
    columns = [field.attname for field in model._meta.concrete_fields]
    kept = [column for column in columns if column != "id" or column in changed]
    values = [changed.get(column, f'{alias}."{column}"') for column in kept]
    names = ", ".join(f'"{column}"' for column in kept)
    sql = f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values)} FROM {source}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Half of the time would go into looking up what each row refers to.
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, {})


def next_id(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(models.Max("pk"))["pk__max"] or 0) + 1


def scatter(model: type[models.Model], column: str) -> None:
    """Spread the times of rows over the past, the newest last."""
    table, newest = model._meta.db_table, next_id(model)
    ago = AGO[connection.vendor].format(f"(%(newest)s - id) * {MINUTES}")
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = {ago}', {"newest": newest})


def reset(changed: Iterable[type[models.Model]]) -> None:
    """Rows that are written next get the next ids."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(changed)):
            cursor.execute(sql)


def finish() -> None:
    """The planner knows what there is."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            cursor.execute("VACUUM")
