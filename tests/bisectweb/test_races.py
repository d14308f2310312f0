"""Many people pull levers of the same rows at once, while workers work: in real transactions.

SQLite lets one write after the other; what PostgreSQL locks is seen with `make fast
DATABASE=postgresql`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Waiting
from contextlib import suppress
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from bisectweb import workflow
from bisectweb.imports import import_log
from bisectweb.models import Bisection, Bug, Culprit, Event, Priority
from bisectweb.workflow import triage
from runner.errors import InputError
from tests.bisectweb.bisecting import begin
from tests.bisectweb.logs import cause_log
from tests.factories import create_bug, create_tree
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db(transaction=True)

Lever = Callable[[], object]
THREADS, PULLS = 8, 12


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("admin", is_staff=True)


def at_once(jobs: Sequence[Lever]) -> list[Future[Any]]:
    """What became of each, on a connection of its own; they begin together."""
    together = Barrier(len(jobs))

    def run(job: Lever) -> object:
        together.wait()
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [pool.submit(run, job) for job in jobs]


def test_what_is_cancelled_while_somebody_claims_it_stays_cancelled(admin: User) -> None:
    bisection = begin()

    def claim() -> str:
        token = Bisection.objects.get(pk=bisection.pk).claim(Bisection.on_offer())
        connection.close()
        return token

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            workflow.cancel(bisection, admin)
            claimed = pool.submit(claim)
            with suppress(Waiting):  # it has seen a bisection that is not cancelled
                claimed.result(0.5)
        assert claimed.result() == ""


@pytest.mark.parametrize("number", range(3))
def test_two_bugs_are_never_duplicates_of_each_other(number: int) -> None:
    tree = create_tree()
    one, other = create_bug(tree=tree, title="one"), create_bug(tree=tree, title="other")
    said = at_once(
        [
            lambda: triage.mark_duplicate(Bug.objects.get(pk=one.pk), "other"),
            lambda: triage.mark_duplicate(Bug.objects.get(pk=other.pk), "one"),
        ]
    )
    [refused] = [error for one in said if (error := one.exception())]
    assert isinstance(refused, InputError)
    assert Bug.objects.filter(duplicate_of=None).count() == 1


def test_a_log_that_many_import_at_once_is_one_bisection() -> None:
    content, tree = cause_log().encode(), create_tree()
    said = at_once([partial(import_log, content, "log", tree=tree, by=None)] * 4)
    imported = [one.result() for one in said]
    assert {one.bisection for one in imported} == {Bisection.objects.get()}
    assert sum(one.is_new for one in imported) == 1


def test_levers_wait_for_each_other_and_history_tells_what_they_did(admin: User) -> None:
    found = begin(bad="c4", runs=2)
    work(FakeLab(line(4), "c3"))
    bug, culprit = found.bug, Culprit.objects.get()
    others = [workflow.start(found.crash, kind="cause", good="c0", by=None) for _ in range(2)]
    more = create_bug(tree=bug.tree, title="another")

    def levers(pick: random.Random) -> Lever:
        one = Bisection.objects.get(pk=pick.choice(others).pk)
        mine = Bug.objects.get(pk=bug.pk)
        return pick.choice(
            [
                lambda: workflow.cancel(one, admin),
                lambda: workflow.requeue(one, admin),
                lambda: workflow.requeue_all(bug.tree, [other.pk for other in others], admin),
                lambda: workflow.set_priority(one, pick.choice(list(Priority)), admin),
                lambda: triage.set_label(mine, "prio", pick.choice(["low", "high"]), admin),
                lambda: triage.mark_invalid(mine, admin),
                lambda: triage.mark_duplicate(mine, more.title),
                lambda: workflow.invalidate(found, admin, "a broken machine"),
                lambda: workflow.revalidate(found, admin, "another machine"),
                lambda: workflow.judge(culprit, Culprit.Verdict.WRONG, who="admin", by=admin),
                lambda: workflow.unjudge(culprit, admin, "I was wrong"),
                lambda: workflow.pause(bug.tree, admin, "a broken mirror"),
                lambda: workflow.resume(bug.tree, admin),
                lambda: workflow.sweep(),
                lambda: workflow.advance(one.pk, FakeLab(line(4), "c3").factory),
                lambda: workflow.test(FakeLab(line(4), "c3").factory),
            ]
        )

    def pull(seed: int) -> None:
        pick = random.Random(seed)
        for _ in range(PULLS):
            levers(pick)()

    for one in at_once([partial(pull, seed) for seed in range(THREADS)]):
        one.result()
    for other in others:
        assert alternates(bug, f"bisection {other.pk} cancelled", f"let bisection {other.pk} go on")
    assert alternates(bug, f"marked bisection {found.pk}", "took back that bisection")
    assert not Event.objects.filter(text__contains="trouble on our side").exists()


def alternates(bug: Bug, *beginnings: str) -> bool:
    """Whether each of two kinds of events stands only where the other does before it."""
    texts = bug.events.order_by("pk").values_list("text", flat=True)
    seen = [beginning for text in texts for beginning in beginnings if text.startswith(beginning)]
    return all(one != after for one, after in pairwise(seen))
