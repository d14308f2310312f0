"""What failed or was cancelled goes on where it was, and what was said can be taken back."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from bisectweb import workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Culprit, Message, Score, Tree, Week
from bisectweb.outbound import outbox
from bisectweb.workflow.attempts import MAX_ATTEMPTS
from runner.errors import InfraError
from runner.log import parse
from runner.log.entries import Unknown
from tests.bisectweb.bisecting import STRATEGIES, begin, evidence, finished, let_leases_end
from tests.bisectweb.test_workflow_minimise import BASE, CONFIG, NEEDS
from tests.factories import create_bisection, create_culprit, create_message
from tests.fakes import ConfigLab, FakeLab, line, work

pytestmark = pytest.mark.django_db


def cancels_at(when: str, bisection: Bisection, lab: FakeLab) -> None:
    """The next time that the lab is asked for this, somebody cancels."""

    def cancel(what: str) -> None:
        if what.startswith(when):
            lab.trouble = lambda what: None
            workflow.cancel(bisection, None)

    lab.trouble = cancel


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("when", ["boot c16 1", "build c8", "boot c7 1", "revert c7"])
def test_what_was_cancelled_goes_on_with_all_that_it_knew(
    strategy: str, when: str, admin_user: User
) -> None:
    bisection = begin(strategy=strategy)
    lab = FakeLab(line(16), "c7")
    cancels_at(when, bisection, lab)
    work(lab)
    if finished(bisection).state == "found":
        pytest.skip("this strategy does not come by there")
    assert finished(bisection).state == "cancelled"
    known = evidence()
    assert workflow.requeue(bisection, admin_user)
    assert not workflow.requeue(bisection, admin_user)
    work(lab)
    done = finished(bisection)
    assert (done.state, done.culprit.sha, done.reason) == ("found", "c7", "")
    assert set(known) <= set(evidence())
    log = bisection_log(done)
    assert "cancelled" not in log
    assert not any(isinstance(entry, Unknown) for entry in parse(log).entries)


def test_what_our_machine_failed_at_is_tried_as_often_as_in_the_beginning(
    admin_user: User,
) -> None:
    bisection = begin(bad="c8", runs=2)

    def trouble(what: str) -> None:
        if what == "build c4":
            raise InfraError("the disk is full")

    lab = FakeLab(line(8), "c3", trouble=trouble)
    for _ in range(MAX_ATTEMPTS + 2):
        work(lab)
        let_leases_end()
        workflow.sweep()
    assert finished(bisection).state == "failed"
    assert Score.objects.filter(bisection=bisection).exists()
    assert Week.objects.get().failed == 1
    assert workflow.requeue(bisection, admin_user)
    assert not Score.objects.filter(bisection=bisection).exists()
    assert finished(bisection).bug.bisected == "running"
    assert not Week.objects.exists(), "it is no longer one that failed"
    work(lab)
    assert finished(bisection).is_active, "the disk is still full, and it waits"
    lab.trouble = lambda what: None
    let_leases_end()
    workflow.sweep()
    work(lab)
    assert finished(bisection).culprit.sha == "c3"


@pytest.mark.parametrize("variant", [0, 1])
def test_a_test_of_a_config_that_was_dropped_is_made_again(variant: int, admin_user: User) -> None:
    bisection = begin(bad="c8", runs=2, minimise=True, config=CONFIG, base_config=BASE)
    lab = ConfigLab(line(8), "c3", options=NEEDS)

    def cancel(what: str) -> None:
        if what == "boot c8 0" and bisection.revisions.filter(variant=variant).exists():
            lab.trouble = lambda what: None
            workflow.cancel(bisection, None)

    lab.trouble = cancel
    work(lab)
    assert finished(bisection).state == "cancelled"
    workflow.requeue(bisection, admin_user)
    work(lab)
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == ("found", "c3")
    assert done.minimised["after"] < done.minimised["before"]


@pytest.mark.parametrize("state", ["queued", "running", "found", "inconclusive"])
def test_nothing_else_is_requeued(state: str, admin_user: User) -> None:
    assert not workflow.requeue(create_bisection(state=state), admin_user)
    assert not OrmQ.objects.exists()


def test_an_imported_one_never_goes_on(admin_user: User) -> None:
    assert not workflow.requeue(create_bisection(state="failed", imported=True), admin_user)


def test_those_of_a_list_go_on_if_they_failed_and_are_of_that_tree(admin_user: User) -> None:
    one, other = create_bisection(state="failed"), create_bisection(state="failed")
    over = create_bisection(crash=one.crash, state="cancelled")
    pks = [one.pk, other.pk, over.pk]
    assert workflow.requeue_all(one.bug.tree, pks, admin_user) == 1
    assert [finished(each).state for each in (one, other, over)] == [
        "queued",
        "failed",
        "cancelled",
    ]
    assert workflow.requeue_all(one.bug.tree, pks, admin_user) == 0


@pytest.mark.parametrize(
    ("rejected", "state"), [(False, "awaiting"), (True, "cancelled")], ids=["held", "rejected"]
)
def test_the_mail_of_an_invalid_result_waits_again_when_that_is_taken_back(
    rejected: bool, state: str, admin_user: User
) -> None:
    bisection = create_culprit().bisection
    mail = create_message(bisection=bisection)
    if rejected:
        outbox.cancel(mail, admin_user, "the words are wrong")
    assert not workflow.revalidate(bisection, admin_user, "why not")
    workflow.invalidate(bisection, admin_user, "the wrong config")
    assert workflow.revalidate(bisection, admin_user, "the config was right")
    assert not workflow.revalidate(bisection, admin_user, "again")
    assert finished(bisection).invalidated is None
    mail.refresh_from_db()
    assert mail.state == state


def test_the_next_end_has_a_mail_of_its_own(admin_user: User) -> None:
    """People were told that nothing was found; when something is, they are told that, too."""
    bisection = begin(bad="c6", good="c0")
    Tree.objects.update(maintainers="m@x.invalid")
    lab = FakeLab(line(16), "c7")
    work(lab)
    assert finished(bisection).state == "failed"
    unsolved = Message.objects.get()
    assert workflow.requeue(bisection, admin_user)
    unsolved.refresh_from_db()
    assert (unsolved.state, unsolved.bisection) == (Message.State.CANCELLED, None)
    work(lab)
    assert finished(bisection).state == "failed", "the same evidence ends in the same way"
    assert Message.objects.filter(bisection=bisection).count() == 1


def test_what_was_said_of_a_culprit_is_taken_back(admin_user: User) -> None:
    culprit = create_culprit()
    mail = create_message(bisection=culprit.bisection)
    assert not workflow.unjudge(culprit, admin_user, "nobody said anything")
    wrong = Culprit.Verdict.WRONG
    workflow.judge(culprit, wrong, who="a person", by=None, reason="not mine", real="a" * 40)
    mail.refresh_from_db()
    assert mail.state == Message.State.CANCELLED
    assert workflow.unjudge(culprit, admin_user, "it is mine")
    assert not workflow.unjudge(culprit, admin_user, "again")
    culprit.refresh_from_db()
    mail.refresh_from_db()
    assert (culprit.verdict, culprit.verdict_by, culprit.real) == ("", "", "")
    assert mail.state == Message.State.AWAITING_APPROVAL
    assert culprit.bisection.bug.judged == ""
    assert Week.objects.get().unjudged == 1
