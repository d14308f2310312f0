"""A commit tested for something else than the search: another row, and no evidence."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from bisectweb.models import Revision
from bisectweb.workflow.weighing import seen
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.factories import create_bisection, create_crash, create_revision, create_run
from tests.fakes import FakeLab, line, step, work

pytestmark = pytest.mark.django_db

Role = Revision.Role


def test_a_commit_has_one_row_for_each_role_and_variant() -> None:
    bisection = create_bisection()
    for role, variant in ((Role.SEARCH, 0), (Role.CONFIG, 0), (Role.CONFIG, 1), (Role.REVERT, 0)):
        create_revision(bisection=bisection, sha="a", role=role, variant=variant)
    with pytest.raises(IntegrityError), transaction.atomic():
        create_revision(bisection=bisection, sha="a", role=Role.CONFIG, variant=1)


def test_only_what_is_tested_for_the_search_is_its_evidence() -> None:
    bisection = create_bisection()
    rows = [create_revision(bisection=bisection, sha="a", role=role) for role in Role]
    assert seen(bisection) == [row for row in rows if row.is_evidence]
    assert [row.role for row in seen(bisection)] == ["search"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_runs_of_another_role_do_not_change_what_is_found(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    lab = FakeLab(line(16), "c7")
    step(lab)
    for role in (Role.CONFIG, Role.REVERT, Role.PARENT):
        for sha in ("c16", "c2"):
            row = create_revision(
                bisection=bisection, sha=sha, role=role, state=Revision.State.DONE, built=True
            )
            create_run(revision=row, outcome="ok" if sha == "c16" else "crash")
    work(lab)
    assert finished(bisection).culprit.sha == "c7"


def test_a_revisions_config_goes_before_the_bisections_and_that_before_the_crashs() -> None:
    crash = create_crash(config="of the crash")
    plain = create_bisection(crash=crash)
    minimal = create_bisection(crash=crash, config="of the bisection")
    rows = [
        create_revision(bisection=plain),
        create_revision(bisection=minimal),
        create_revision(bisection=minimal, config="of the revision"),
    ]
    configs = [row.plan().config for row in rows]
    assert configs == ["of the crash", "of the bisection", "of the revision"]
    assert minimal.plan().config == "of the bisection"
    assert rows[2].plan().reproducer.source == crash.reproducer


def test_files_of_the_same_commit_lie_in_a_folder_of_each_role() -> None:
    bisection = create_bisection()
    rows = [create_revision(bisection=bisection, sha="a", role=role) for role in Role]
    consoles = [str(create_run(revision=row).console.name) for row in rows]
    assert len({name.rpartition("/")[0] for name in consoles}) == len(rows)


def test_the_page_shows_revisions_below_what_they_were_tested_for(client: Client) -> None:
    bisection = create_bisection()
    for role in (Role.CONFIG, Role.SEARCH, Role.REVERT, Role.PARENT):
        create_revision(bisection=bisection, sha="a", role=role, subject=f"subject of {role}")
    page = client.get(bisection.get_absolute_url()).content.decode()
    words = [
        *("subject of search", "Tested to verify the culprit", "subject of revert"),
        *("subject of parent", "Tested for the kernel config", "subject of config"),
    ]
    places = [page.index(one) for one in words]
    assert places == sorted(places)
