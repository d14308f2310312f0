"""From a bug to a culprit and a mail in the outbox, whatever happens on the way."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from bisectweb import slots, workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Bug, Event, Kernel, Message, OptOut, Revision, Run
from bisectweb.outbound import outbox
from bisectweb.workflow.attempts import MAX_ATTEMPTS
from runner.errors import InfraError
from runner.log import parse, render
from runner.log.entries import Unknown
from runner.search import History
from tests.bisectweb.bisecting import (
    STRATEGIES,
    Mortal,
    again_and_again,
    begin,
    everywhere,
    evidence,
    finished,
    let_leases_end,
)
from tests.fakes import TITLE, FakeLab, line, step, work

pytestmark = pytest.mark.django_db

State = Bisection.State


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_bug_becomes_a_culprit_a_log_and_a_mail_that_waits_for_approval(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7"))
    done = finished(bisection)
    assert (done.state, done.culprit.sha, done.culprit.flags) == (State.FOUND, "c7", [])
    assert done.culprit.to == ["nested@demo.invalid"]
    assert done.culprit.signature == "signature of c7"
    assert done.culprit.parent_signature == "signature of c6"
    message = Message.objects.get()
    assert message.state == Message.State.AWAITING_APPROVAL
    assert 'Fixes: c7 ("demo: change c7")' in message.body
    log = bisection_log(done)
    assert log.splitlines()[1] == "bisecting cause commit starting from c16"
    assert render(parse(log)) == log
    assert not any(isinstance(entry, Unknown) for entry in parse(log).entries)
    assert log.count("testing commit ") == Revision.objects.count() > 3
    assert "c7 is the first bad commit" in log
    assert "first bad commit: c7 demo: change c7" in log


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_evidence_is_neither_lost_nor_doubled_when_the_worker_dies_at_any_point(
    strategy: str,
) -> None:
    whole = Mortal()
    begin(strategy=strategy, bad="c8", runs=2)
    work(FakeLab(line(8), "c3", trouble=whole))
    want = evidence()
    for worker in everywhere(whole.calls):
        Bug.objects.all().delete()
        bisection = begin(strategy=strategy, bad="c8", runs=2)
        again_and_again(partial(work, FakeLab(line(8), "c3", trouble=worker)), worker)
        assert finished(bisection).culprit.sha == "c3"
        assert evidence() == want, f"died at {worker.doomed}"


def test_a_worker_that_outlived_its_lease_writes_nothing() -> None:
    bisection = begin()

    def steal(what: str) -> None:
        if what == "boot c16 3":
            Revision.objects.filter(sha="c16").update(lease="somebody else")

    lab = FakeLab(line(16), "c7", trouble=steal)
    step(lab)
    step(lab)
    revision = bisection.revisions.get()
    assert (revision.runs.count(), revision.state) == (3, Revision.State.RUNNING)
    assert revision.lease == "somebody else"


def test_the_same_task_twice_does_the_work_once() -> None:
    bisection = begin()
    lab = FakeLab(line(16), "c7")
    for _ in range(3):
        workflow.advance(bisection.pk, lab.factory)
    assert bisection.revisions.count() == 1
    for _ in range(3):
        workflow.test(lab.factory)
    assert len(lab.booted) == 20


def test_trouble_on_our_side_is_tried_again_and_is_never_evidence() -> None:
    bisection = begin()
    failures = iter(range(2))

    def trouble(what: str) -> None:
        if what == "boot c8 2" and next(failures, None) is not None:
            raise InfraError("the disk is full")

    lab = FakeLab(line(16), "c7", trouble=trouble)
    work(lab)
    assert "disk is full" in finished(bisection).reason
    assert finished(bisection).is_active
    for _ in range(3):
        let_leases_end()
        workflow.sweep()
        work(lab)
    done = finished(bisection)
    assert (done.state, done.culprit.sha, done.reason) == (State.FOUND, "c7", "")
    assert Run.objects.filter(revision__sha="c8").count() == 10
    assert Event.objects.filter(text__contains="the disk is full").count() == 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_trouble_without_end_fails_the_bisection_with_its_reason(strategy: str) -> None:
    bisection = begin(strategy=strategy)

    def trouble(what: str) -> None:
        if what.startswith("build"):
            raise InfraError("the disk is full")

    lab = FakeLab(line(16), "c7", trouble=trouble)
    for _ in range(MAX_ATTEMPTS + 2):
        work(lab)
        let_leases_end()
        workflow.sweep()
    done = finished(bisection)
    assert done.state == State.FAILED
    assert "given up after 5 attempts: the disk is full" in done.reason
    assert "error: given up" in bisection_log(done)
    assert not Run.objects.exists()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_full_disk_is_waited_for_however_long_it_is_full(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bisection = begin(strategy=strategy)

    def trouble(what: str) -> None:
        if not slots.has_room() and what.startswith("build"):
            raise InfraError("no space left")

    lab = FakeLab(line(16), "c7", trouble=trouble)
    with monkeypatch.context() as full:
        full.setattr(slots, "MIN_FREE", 1 << 60)
        for _ in range(2 * MAX_ATTEMPTS):
            work(lab)
            let_leases_end()
            workflow.sweep()
    assert "no space left" in finished(bisection).reason
    assert Event.objects.filter(text__contains="no space left").count() == 1
    work(lab)
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c7")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_fault_nobody_thought_of_is_ours(strategy: str) -> None:
    bisection = begin(strategy=strategy)

    def trouble(what: str) -> None:
        if what.startswith("build"):
            raise ZeroDivisionError("surprise")

    work(FakeLab(line(16), "c7", trouble=trouble))
    done = finished(bisection)
    assert done.is_active
    assert done.reason == "ZeroDivisionError: surprise"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"bad": "nonsense"}, "unknown commit 'nonsense'"),
        ({"good": "nonsense"}, "unknown commit 'nonsense'"),
        ({"good": "", "bad": "c16"}, "no release tag"),
    ],
)
def test_a_question_that_has_no_answer_fails_with_a_reason(
    wanted: dict[str, str], reason: str
) -> None:
    bisection = begin(**wanted)
    work(FakeLab(line(16), "c7"))
    done = finished(bisection)
    assert done.state == State.FAILED
    assert reason in done.reason
    assert reason in bisection_log(done)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_bug_that_does_not_show_where_it_was_reported_is_an_error(strategy: str) -> None:
    bisection = begin(strategy=strategy, bad="c6", good="c0")
    work(FakeLab(line(16), "c7"))
    done = finished(bisection)
    assert done.state == State.FAILED
    assert "was not reproduced" in done.reason
    assert not Message.objects.exists()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_commit_that_does_not_build_is_skipped_with_its_errors(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7", broken=frozenset({"c8"})))
    assert finished(bisection).culprit.sha == "c7"
    skipped = Revision.objects.get(sha="c8")
    assert (skipped.built, skipped.verdict, skipped.runs.count()) == (False, "skip", 0)
    assert "expected ';'" in skipped.build_error
    with skipped.build_log.open() as build_log:
        assert build_log.read() == b"make bzImage of c8\n"
    assert "failed building c8: demo.c:1: error: expected ';'" in bisection_log(bisection)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_range_that_cannot_be_narrowed_names_its_suspects(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7", broken=frozenset({"c6", "c7", "c8"})))
    done = finished(bisection)
    assert done.state == State.INCONCLUSIVE
    assert {one["sha"] for one in done.suspects} == {"c6", "c7", "c8", "c9"}
    assert "could be any of" in bisection_log(done)
    assert not Message.objects.exists()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_crash_that_nobody_named_is_called_what_it_says_where_it_was_reported(
    strategy: str,
) -> None:
    bisection = begin(strategy=strategy, title="")
    work(FakeLab(line(16), "c7"))
    assert finished(bisection).title == TITLE
    assert finished(bisection).crash.report.startswith(TITLE)
    assert set(Run.objects.values_list("outcome", flat=True)) == {"ok", "crash"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_fix_is_searched_from_the_crash_to_a_commit_without_it(strategy: str) -> None:
    bisection = begin(strategy=strategy, kind="fix", bad="c2", good="c16")
    work(FakeLab(line(16), culprit="c1", fix="c9"))
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c9")
    log = bisection_log(done)
    assert log.splitlines()[1] == "bisecting fixing commit since c2"
    assert "testing commit c9 gcc" in log
    assert "first good commit: c9" in log
    assert "Fixes:" not in Message.objects.get().body


def test_cancelling_stops_the_work_and_keeps_the_evidence() -> None:
    bisection = begin()

    def trouble(what: str) -> None:
        if what == "boot c8 4":
            workflow.cancel(bisection, None)

    work(FakeLab(line(16), "c7", trouble=trouble))
    done = finished(bisection)
    assert done.state == State.CANCELLED
    assert not OrmQ.objects.exists()
    assert Run.objects.filter(revision__sha="c8").count() >= 4
    workflow.sweep()
    assert not OrmQ.objects.exists()
    assert not workflow.cancel(bisection, None)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_kernel_is_known_again_in_another_bisection(strategy: str) -> None:
    lab = FakeLab(line(16), "c7")
    for _ in range(2):
        begin(strategy=strategy)
        work(lab)
    assert Revision.objects.count() == 2 * Kernel.objects.count()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_parent_is_tested_though_it_is_outside_the_range(strategy: str) -> None:
    """The culprit is on a side branch, and its parent is older than the good commit."""
    parents = {"m": ("b", "s"), "b": ("g",), "s": ("old",), "g": ("old",), "old": ()}
    lab = FakeLab(History(parents, good="g", bad="m"), "s")
    bisection = begin(strategy=strategy, bad="m", good="g")
    work(lab)
    done = finished(bisection)
    assert done.culprit.sha == "s"
    assert done.culprit.parent_signature == "signature of old"
    parent = Revision.objects.get(sha="old")
    assert (parent.role, parent.runs.count()) == (Revision.Role.PARENT, 3)
    untested = "parent commit old wasn't tested\n# verifying: old, 3 runs\ntesting commit old gcc\n"
    assert untested in bisection_log(done)


def test_a_culprit_that_changes_nothing_in_the_kernel_is_flagged() -> None:
    bisection = begin()
    for key in ("key of c6", "key of c7"):
        Kernel.objects.create(key=key, compiler="gcc 12", signature="the same", seconds=1)
    work(FakeLab(line(16), "c7"))
    assert finished(bisection).culprit.flags == ["it builds the same kernel as its parent"]


def test_a_tree_may_let_its_mails_leave_unread() -> None:
    bisection = begin(strategy="bayes")
    bisection.bug.tree.auto_approve = True
    bisection.bug.tree.save()
    work(FakeLab(line(16), "c7"))
    assert Message.objects.get().state == Message.State.APPROVED


def test_a_second_mail_of_a_bug_answers_the_first() -> None:
    bisection = begin()
    work(FakeLab(line(16), "c7"))
    first = Message.objects.get()
    outbox.approve(first, None)
    outbox.send(first.pk)
    again = workflow.start(
        bisection.crash, kind="cause", strategy="classic", runs=10, good="c0", by=None
    )
    work(FakeLab(line(16), "c7"))
    second = Message.objects.get(bisection=again)
    assert (first.in_reply_to, second.in_reply_to) == ("", first.message_id)
    assert second.subject == f"Re: {first.subject}"


def test_an_invalid_result_takes_its_mail_back(django_user_model: type[User]) -> None:
    admin = django_user_model.objects.create(username="admin")
    bisection = begin()
    work(FakeLab(line(16), "c7"))
    assert workflow.invalidate(bisection, admin, "the boot was broken")
    assert not workflow.invalidate(bisection, admin, "again")
    assert finished(bisection).invalid_reason == "the boot was broken"
    message = Message.objects.get()
    assert message.state == Message.State.CANCELLED
    assert not outbox.approve(message, admin)


def test_the_sweep_leaves_alone_what_is_in_somebodys_hands() -> None:
    begin()
    OrmQ.objects.all().delete()
    workflow.sweep()
    assert not OrmQ.objects.exists(), "it was woken a moment ago"
    Bisection.objects.update(woken=None)
    assert Bisection.objects.get().claim(Bisection.claimable())
    workflow.sweep()
    assert not OrmQ.objects.exists(), "somebody holds its lease"
    let_leases_end()
    workflow.sweep()
    workflow.sweep()
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize(
    ("wanted", "broken", "state", "words"),
    [
        ({}, {"c6", "c7", "c8"}, "inconclusive", "It is one of these commits:\n\n  c"),
        ({"bad": "c6", "good": "c0"}, set(), "failed", "The crash was not reproduced on"),
    ],
)
def test_those_who_asked_are_told_that_no_commit_was_found(
    wanted: dict[str, str], broken: set[str], state: str, words: str
) -> None:
    bisection = begin(**wanted)
    tree = bisection.bug.tree
    tree.maintainers, tree.auto_approve = "m@x.invalid gone@x.invalid", True
    tree.save()
    OptOut.objects.create(address="gone@x.invalid", bug=bisection.bug)
    work(FakeLab(line(16), "c7", broken=frozenset(broken)))
    assert finished(bisection).state == state
    message = Message.objects.get()
    assert message.state == Message.State.AWAITING_APPROVAL
    assert (message.to, message.cc) == ([], ["m@x.invalid"])
    assert words in message.body
