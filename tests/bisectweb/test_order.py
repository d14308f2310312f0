"""Which work is taken first, what is held up, and that nothing of it is lost."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from bisectweb import order, workflow
from bisectweb.models import Bisection, Event, Priority, Revision, Worker
from runner.errors import InfraError
from tests.bisectweb.bisecting import Mortal, begin, evidence, finished, let_leases_end
from tests.factories import create_bisection, create_revision
from tests.fakes import FakeLab, line, step, work

pytestmark = pytest.mark.django_db
LOW, NORMAL, HIGH = Priority


@pytest.fixture
def admin(admin_user: User) -> User:
    return admin_user


def begin_with(priority: int) -> Bisection:
    return begin(bad="c8", runs=2, priority=priority)


def order_of_tests(lab: FakeLab) -> list[int]:
    """The bisections of the revisions that are tested, in that order."""
    seen: list[int] = []

    def note(what: str) -> None:
        if what.startswith("build"):
            holder = Revision.objects.exclude(lease="").get()
            seen.append(holder.bisection_id)

    lab.trouble = note
    work(lab, 400)
    return seen


def test_the_higher_priority_is_tested_first_to_its_end() -> None:
    low, normal, high = (begin_with(priority).pk for priority in (LOW, NORMAL, HIGH))
    seen = order_of_tests(FakeLab(line(8), "c3"))
    assert list(dict.fromkeys(seen)) == [high, normal, low]
    assert seen == sorted(seen, reverse=True), "nothing lower came in between"
    assert not Bisection.objects.exclude(state="found").exists()


def test_within_a_priority_the_oldest_bisection_is_next() -> None:
    first, second = create_bisection(), create_bisection()
    newer = create_revision(bisection=second)
    older = create_revision(bisection=first)
    assert list(order.waiting(timezone.now())) == [older, newer]
    assert order.next_revision(timezone.now()) == older


def test_what_waits_gives_way_to_nobody_who_waits_out_a_pause_of_trouble() -> None:
    begin_with(LOW)
    high = begin_with(HIGH)

    def trouble(what: str) -> None:
        if what == "check" and Bisection.objects.get(pk=high.pk).lease:
            raise InfraError("the tree cannot be fetched")

    lab = FakeLab(line(8), "c3", trouble=trouble)
    work(lab)
    assert lab.booted
    assert finished(high).is_active


def test_a_bisection_has_the_priority_of_its_bug_unless_somebody_said_another() -> None:
    bisection = begin()
    bug = bisection.bug
    bug.priority = "high"
    bug.save()
    crash = bug.crashes.get()
    assert bisection.priority == NORMAL
    assert workflow.start(crash, kind="cause", by=None).priority == HIGH
    assert workflow.start(crash, kind="cause", by=None, priority=LOW).priority == LOW


def test_a_paused_tree_ends_the_revision_in_hand_and_begins_nothing(admin: User) -> None:
    bisection = begin(bad="c8", runs=2)

    def pause(what: str) -> None:
        if what == "boot c8 1":
            assert workflow.pause(bisection.bug.tree, admin, "the mirror moves")

    lab = FakeLab(line(8), "c3", trouble=pause)
    work(lab)
    workflow.sweep()
    work(lab)
    assert [run[0] for run in evidence()] == ["c8"] * 4
    assert finished(bisection).is_active
    assert not Revision.objects.exclude(lease="").exists()
    tree = finished(bisection).bug.tree
    assert (tree.paused_by, tree.pause_reason) == (admin, "the mirror moves")
    assert not workflow.pause(tree, admin, "once more")

    assert workflow.resume(tree, admin)
    assert not workflow.resume(tree, admin)
    work(lab)
    assert finished(bisection).culprit.sha == "c3"
    said = [event.text for event in tree.events.all()]
    assert said == ["resumed the tree", "paused the tree: the mirror moves"]


def test_a_tree_that_is_paused_does_not_hold_up_others(admin: User) -> None:
    paused, other = begin_with(HIGH), begin_with(LOW)
    workflow.pause(paused.bug.tree, admin, "why not")
    work(FakeLab(line(8), "c3"))
    assert finished(other).state == "found"
    assert finished(paused).state == "queued"


def test_a_worker_killed_in_a_paused_tree_leaves_its_revision_until_it_goes_on(admin: User) -> None:
    bisection = begin(bad="c8", runs=2)
    lab = FakeLab(line(8), "c3", trouble=Mortal([("boot c8 1", 0)]))
    with pytest.raises(KeyboardInterrupt):
        work(lab)
    assert Revision.objects.exclude(lease="").exists()
    workflow.pause(bisection.bug.tree, admin, "the mirror moves")
    let_leases_end()
    workflow.sweep()
    assert not OrmQ.objects.exists()
    workflow.resume(bisection.bug.tree, admin)
    work(lab)
    assert finished(bisection).culprit.sha == "c3"
    assert len(set(evidence())) == len(evidence())


def test_a_drained_worker_ends_what_it_has_and_takes_nothing_more(admin: User) -> None:
    bisection = begin(bad="c8", runs=2)

    def drain(what: str) -> None:
        if what == "boot c8 1":
            assert workflow.drain(Worker.here(), admin, "a new disk")

    lab = FakeLab(line(8), "c3", trouble=drain)
    work(lab)
    workflow.sweep()
    work(lab)
    assert [run[0] for run in evidence()] == ["c8"] * 4
    assert not workflow.drain(Worker.here(), admin, "again")
    assert workflow.undrain(Worker.here(), admin)
    assert not workflow.undrain(Worker.here(), admin)
    let_leases_end()
    workflow.sweep()
    work(lab)
    assert finished(bisection).culprit.sha == "c3"
    assert Event.objects.filter(worker=Worker.here()).count() == 2


def test_another_worker_goes_on_where_one_is_drained(admin: User, settings: Settings) -> None:
    bisection = begin(bad="c8", runs=2)
    workflow.drain(Worker.here(), admin, "a new disk")
    lab = FakeLab(line(8), "c3")
    step(lab)
    assert not bisection.revisions.exists()
    settings.WORKER = "another"
    let_leases_end()
    workflow.sweep()
    work(lab)
    assert finished(bisection).culprit.sha == "c3"
    assert {one.worker and one.worker.name for one in bisection.revisions.all()} == {"another"}
    assert set(bisection.revisions.values_list("slot", flat=True)) == {0}


def test_a_priority_is_changed_once_and_of_what_is_active_only(admin: User) -> None:
    active, over = create_bisection(), create_bisection(state="found")
    assert workflow.set_priority(active, HIGH, admin)
    assert not workflow.set_priority(active, HIGH, admin)
    assert not workflow.set_priority(over, HIGH, admin)
    assert finished(active).priority == HIGH
    [event] = Event.objects.all()
    assert (event.bug, event.text) == (
        active.bug,
        f"gave bisection {active.pk} high priority",
    )
