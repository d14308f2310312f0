"""Consoles and build logs: each file has its row and each row its file, whoever dies when."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from pytest_django import Settings

from bisectweb import workflow
from bisectweb.models import Revision, Run
from tests.bisectweb.bisecting import begin, finished, let_leases_end
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
KILLED = KeyboardInterrupt()


class Failing(FileSystemStorage):
    """Keeps a file, and goes wrong right after that; once, with the file of that number."""

    doomed: int
    trouble: BaseException
    seen: Iterator[int]

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        kept = super().save(name, content, max_length)
        if next(self.seen) == self.doomed:
            raise self.trouble
        return kept


@pytest.mark.parametrize("trouble", [FULL, KILLED])
@pytest.mark.parametrize("doomed", [0, 7])  # a build log, a console
def test_what_could_not_be_written_down_is_replaced(
    doomed: int, trouble: BaseException, settings: Settings, storage: Path
) -> None:
    Failing.doomed, Failing.trouble, Failing.seen = doomed, trouble, count()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "BACKEND": f"{__name__}.Failing"},
    }
    bisection = begin(bad="c8", runs=2)
    lab = FakeLab(line(8), "c3")
    with suppress(KeyboardInterrupt):
        work(lab)
    let_leases_end()
    workflow.sweep()
    work(lab)
    assert finished(bisection).culprit.sha == "c3"
    assert next(Failing.seen) > doomed
    assert sorted(files(storage)) == sorted(named())


def files(storage: Path) -> list[str]:
    return [str(one.relative_to(storage)) for one in storage.rglob("*") if one.is_file()]


def named() -> list[str]:
    logs = Revision.objects.exclude(build_log="").values_list("build_log", flat=True)
    return [*logs, *Run.objects.values_list("console", flat=True)]
