"""The evidence of an earlier bisection as the beginning of a new one.

What was run is taken over as rows that are marked as taken: the search cannot tell them apart, and
whatever counts runs, builds or minutes leaves them out. Runs are taken over only where they say of
the new bisection what they said of the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bisectweb.models import Bisection, Crash, Revision, Run, Worker
from runner.errors import InputError
from runner.log import ours, render_entries

REPRODUCER = ("reproducer", "language", "repeat", "procs", "bits")
COPIED_OF_REVISION = (
    *("sha", "subject", "release", "kernel_id", "built", "build_error", "build_log"),
    *("started", "ended"),
)
COPIED_OF_RUN = (
    *("outcome", "words", "title", "alt_titles", "type", "similarity", "report"),
    *("crash_start", "crash_end", "note", "console", "seconds"),
)
VERSION = re.compile(r"\b(gcc|clang) (\d[\d.]*)", re.ASCII)


def refuse_differences(source: Bisection, crash: Crash, config: str) -> None:
    """`InputError` where the runs of `source` say nothing of a search for `crash`; `config` is
    the one that was asked for, empty if none was.
    """
    reasons = list(_differences(source, crash, config))
    if reasons:
        raise InputError(
            f"the evidence of bisection {source.pk} cannot be used: {'; '.join(reasons)}"
        )


def _differences(source: Bisection, crash: Crash, config: str) -> Iterator[str]:
    if source.imported:
        yield "it was done elsewhere"
        return
    if source.bug_id != crash.bug_id:
        yield "it is about another bug"
    yield from _other_crash(source, crash, config)
    now = crash.bug.tree.setup()
    changed = [name for name, value in source.setup.items() if now.get(name) != value]
    if not source.setup:
        yield "nobody knows which settings its tree had then"
    elif changed:
        yield f"its tree was changed since: {', '.join(changed)}"
    if gone := _gone(source):
        yield f"no worker has the compiler any more that its kernels were built with: {gone}"


def _other_crash(source: Bisection, crash: Crash, config: str) -> Iterator[str]:
    if config and config != (source.config or source.crash.config):
        yield "it was searched with another kernel config"
    elif crash.config != source.crash.config:
        yield "its crash has another kernel config"
    if any(getattr(crash, name) != getattr(source.crash, name) for name in REPRODUCER):
        yield "its crash has another reproducer"
    if crash.title not in ("", source.title):
        yield f"it looked for another crash, {source.title or 'whose title nobody knew'}"


def _gone(source: Bisection) -> str:
    """The compilers of its kernels that no worker tells of. Nothing is known while none has told,
    nor of compilers for other architectures than the workers' own.
    """
    told = [worker.facts for worker in Worker.objects.all() if worker.facts]
    if not any(facts["arch"] == source.bug.tree.arch for facts in told):
        return ""
    here = {match.groups() for facts in told for match in VERSION.finditer(str(facts["compilers"]))}
    used = source.revisions.filter(kernel__isnull=False)
    names = sorted(set(used.values_list("kernel__compiler", flat=True)))
    return ", ".join(name for name in names if not any(_is(name, *known) for known in here))


def _is(compiler: str, family: str, version: str) -> bool:
    """Whether a compiler and linker, as they name themselves, are of that version."""
    name = compiler.partition(", ")[0]
    is_clang = "clang" in name
    return is_clang == (family == "clang") and version in re.findall(r"[\d.]+", name)


def take(source: Bisection, bisection: Bisection) -> None:
    """Copy the evidence of `source` so far; `InputError` when there is none."""
    tested = source.revisions.filter(role=Revision.Role.SEARCH).exclude(built=None)
    rows = list(tested.prefetch_related("runs").order_by("order"))
    if not rows:
        raise InputError(f"bisection {source.pk} has no evidence yet")
    copies = Revision.objects.bulk_create(
        _copy(row, bisection, order) for order, row in enumerate(rows)
    )
    Run.objects.bulk_create(
        Run(
            revision=copy,
            index=index,
            taken_from_id=run.taken_from_id or run.pk,
            **{name: getattr(run, name) for name in COPIED_OF_RUN},
        )
        for row, copy in zip(rows, copies, strict=True)
        for index, run in enumerate(row.runs.all())
    )


def _copy(row: Revision, bisection: Bisection, order: int) -> Revision:
    words = f"taken from bisection {row.bisection_id}"
    return Revision(
        bisection=bisection,
        order=order,
        why=words,
        preamble=render_entries(ours.remark(words)),
        state=Revision.State.DONE,
        runs_wanted=len(row.runs.all()),
        build_cached=True,
        taken_from_id=row.taken_from_id or row.pk,
        **{name: getattr(row, name) for name in COPIED_OF_REVISION},
    )
