"""Copies the many rows of a bisection, within the database: millions in a few minutes.

Written in the SQL that PostgreSQL and SQLite have in common; what differs is in `DIGITS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from bisectweb.models import Bisection, Kernel, Revision, Run, Standing

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


def copy_rows(original: Bisection, first: int, last: int) -> None:
    """Give the bisections `first` to `last` the revisions, runs and standings of `original`."""
    span = {"original": original.pk, "first": first, "last": last}
    count = original.revisions.count()
    if not count:
        return
    if sorted(original.revisions.values_list("order", flat=True)) != list(range(count)):
        raise ValueError("the revisions have gaps in their order")
    # The kernel of a revision has the number of the revision.
    base = max(next_id(Revision), next_id(Kernel))
    number = f'{base} + (b.id - {first}) * {count} + r."order"'
    digits = DIGITS[connection.vendor]
    key = f"{digits.format(f'({number})')} || substr(k.key, 9)"
    copied = (
        "bisectweb_revision r JOIN bisectweb_bisection b ON b.id BETWEEN %(first)s AND %(last)s"
    )
    of_it = "WHERE r.bisection_id = %(original)s"
    insert(
        Kernel,
        "k",
        {"id": number, "key": key},
        f"{copied} JOIN bisectweb_kernel k ON k.id = r.kernel_id {of_it}",
        span,
    )
    own = (
        f"CASE WHEN r.release = '' THEN {digits.format('b.id')} || substr(r.sha, 9) ELSE r.sha END"
    )
    kernel = f"CASE WHEN r.kernel_id IS NULL THEN NULL ELSE {number} END"
    revision = {"id": number, "bisection_id": "b.id", "sha": own, "kernel_id": kernel}
    insert(Revision, "r", revision, f"{copied} {of_it}", span)
    report = f"CASE WHEN b.id %% {RICH} = 0 AND o.\"index\" = 0 THEN o.report ELSE '' END"
    run = {"revision_id": number, "report": report}
    insert(Run, "o", run, f"{copied} JOIN bisectweb_run o ON o.revision_id = r.id {of_it}", span)
    standing = {"bisection_id": "b.id"}
    insert(
        Standing,
        "s",
        standing,
        "bisectweb_standing s JOIN bisectweb_bisection b ON b.id BETWEEN %(first)s AND %(last)s "
        f"AND b.id %% {RICH} = 0 WHERE s.bisection_id = %(original)s",
        span,
    )


def insert(
    model: type[models.Model],
    alias: str,
    changed: Mapping[str, str],
    source: str,
    span: Mapping[str, Any],
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
        cursor.execute(sql, span)


def next_id(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(models.Max("pk"))["pk__max"] or 0) + 1


def scatter(model: type[models.Model], column: str) -> None:
    """Spread the times of rows over the past, the newest last."""
    table, newest = model._meta.db_table, next_id(model)
    ago = AGO[connection.vendor].format(f"(%(newest)s - id) * {MINUTES}")
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = {ago}', {"newest": newest})


def finish() -> None:
    """New rows get new ids, and the planner knows what there is."""
    rows = [Bisection, Revision, Kernel]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), rows):
            cursor.execute(sql)
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            cursor.execute("VACUUM")
