"""The probabilistic search at work: batches, two slots at once, what is written down, prices."""

from __future__ import annotations

from functools import partial

import pytest
from django_q.models import OrmQ
from pytest_django import Settings

from bisectweb import workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Bug, Crash, Message, Revision, Run
from bisectweb.workflow.weighing import evidence as known_to_the_search
from bisectweb.workflow.weighing import seen
from runner.errors import InfraError
from runner.search import Evidence
from runner.values import Outcome, Sha
from tests.bisectweb.bisecting import (
    Mortal,
    again_and_again,
    begin,
    everywhere,
    evidence,
    finished,
    let_leases_end,
)
from tests.factories import create_kernel, create_revision, create_run
from tests.fakes import OTHER_TITLE, TITLE, FakeLab, line, step, work

pytestmark = pytest.mark.django_db

State = Bisection.State


def bayes(**wanted: str) -> Bisection:
    return begin(strategy="bayes", **wanted)


def make_known(bisection: Bisection, sha: Sha, outcome: str, runs: int) -> None:
    """Evidence that somebody else brought in."""
    kernel = create_kernel(signature=f"signature of {sha}")
    revision = create_revision(
        bisection=bisection, sha=sha, state=Revision.State.DONE, built=True, kernel=kernel
    )
    for _ in range(runs):
        create_run(revision=revision, outcome=outcome, words="OK", title=TITLE)


def test_a_flaky_bug_is_found_with_its_probability() -> None:
    bisection = bayes(bad="c40")
    work(FakeLab(line(40), "c17", chance=0.3))
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c17")
    assert done.culprit.confidence is not None
    assert 0.99 <= done.culprit.confidence < 1
    assert done.suspects[0]["probability"] == pytest.approx(done.culprit.confidence)
    words = "It is almost certain (99"
    assert words in Message.objects.get().body


def test_a_batch_ends_at_its_first_crash_and_no_run_is_wanted_any_more() -> None:
    bayes()
    lab = FakeLab(line(16), "c7")
    step(lab)
    assert Revision.objects.get().runs_wanted > 1
    step(lab)
    revision = Revision.objects.get()
    assert (revision.state, revision.runs_wanted, len(lab.booted)) == (Revision.State.DONE, 1, 1)
    step(lab)
    step(lab)
    revision.refresh_from_db()
    assert (revision.runs_wanted, lab.booted) == (2, [("c16", 0), ("c16", 1)])
    assert not revision.build_cached


def test_a_batch_that_a_killed_worker_saw_crash_does_not_go_on() -> None:
    bayes()
    lab = FakeLab(line(16), "c7")
    step(lab)
    revision = Revision.objects.get()
    Revision.objects.update(built=True, runs_wanted=1, state=Revision.State.RUNNING)
    create_run(revision=revision, outcome="crash", title=TITLE)
    step(lab)
    assert lab.booted == []
    assert Revision.objects.get().state == Revision.State.DONE


def test_a_run_is_neither_lost_nor_doubled_when_a_flaky_search_is_killed_at_any_point() -> None:
    whole = Mortal()
    bayes(bad="c5")
    work(FakeLab(line(5), "c3", chance=0.5, trouble=whole))
    want = evidence()
    for worker in everywhere(whole.calls):
        Bug.objects.all().delete()
        bisection = bayes(bad="c5")
        lab = FakeLab(line(5), "c3", chance=0.5, trouble=worker)
        again_and_again(partial(work, lab), worker)
        assert finished(bisection).state == State.FOUND
        assert evidence() == want, f"died at {worker.doomed}"


def test_a_crash_with_another_title_is_no_evidence_of_the_bug() -> None:
    bisection = bayes()
    work(FakeLab(line(16), "c7", masked=frozenset({"c1", "c2", "c3", "c4"})))
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c7")
    others = Run.objects.filter(outcome=Run.Outcome.OTHER_CRASH)
    assert set(others.values_list("title", flat=True)) <= {OTHER_TITLE}


def test_a_start_commit_that_shows_another_crash_only_is_an_error() -> None:
    bisection = bayes()
    work(FakeLab(line(16), "c7", masked=frozenset({"c16"})))
    done = finished(bisection)
    assert (done.state, done.revisions.count()) == (State.FAILED, 1)
    assert "another crash only" in done.reason


def test_a_kernel_that_never_boots_is_not_booted_on_and_on() -> None:
    bisection = bayes()
    lab = FakeLab(line(16), "c7", unbootable=frozenset({"c16"}))
    work(lab)
    assert finished(bisection).state == State.FAILED
    assert "does not boot" in finished(bisection).reason
    assert len(lab.booted) == 4


def test_two_slots_are_filled_once_the_crash_is_known(settings: Settings) -> None:
    settings.SLOTS = 2
    bisection = bayes(title="")
    lab = FakeLab(line(16), "c7")
    step(lab)
    assert [revision.sha for revision in unfinished(bisection)] == ["c16"]
    most = 0
    while finished(bisection).is_active:
        workflow.advance(bisection.pk, lab.factory)
        most = max(most, len(unfinished(bisection)))
        step(lab)
    assert most == 2
    assert finished(bisection).culprit.sha == "c7"


def test_a_bisection_leaves_a_slot_to_others_that_wait(settings: Settings) -> None:
    settings.SLOTS = 2
    lab = FakeLab(line(16), "c7")
    first, second = bayes(), bayes()
    for bisection in (first, second, second):
        workflow.advance(bisection.pk, lab.factory)
    assert [len(unfinished(bisection)) for bisection in (first, second)] == [2, 1]
    workflow.test(lab.factory)
    workflow.advance(first.pk, lab.factory)
    assert [len(unfinished(bisection)) for bisection in (first, second)] == [1, 1]


def test_a_decision_with_revisions_in_hand_asks_for_no_more_than_there_are_slots() -> None:
    bisection = bayes()
    lab = FakeLab(line(16), "c7")
    for _ in range(3):
        workflow.advance(bisection.pk, lab.factory)
    assert len(unfinished(bisection)) == 1
    assert not finished(bisection).lease


def unfinished(bisection: Bisection) -> list[Revision]:
    return list(bisection.revisions.exclude(state=Revision.State.DONE))


def test_news_that_come_during_a_decision_are_not_lost(settings: Settings) -> None:
    """A revision ends while the lease of its bisection is held: its own wake-up finds no row."""
    settings.SLOTS = 2
    bisection = bayes()
    lab = FakeLab(line(16), "c7")
    while len(unfinished(bisection)) < 2:
        step(lab)
        workflow.advance(bisection.pk, lab.factory)

    def end_both(what: str) -> None:
        if what == "prior":
            lab.trouble = lambda what: None
            workflow.test(lab.factory)
            workflow.test(lab.factory)
            for pk in (bisection.pk, bisection.pk):
                workflow.advance(pk, lab.factory)
            drain()

    lab.trouble = end_both
    workflow.advance(bisection.pk, lab.factory)
    work(lab)
    assert finished(bisection).culprit.sha == "c7"


def drain() -> None:
    """The wake-ups of the queue find nothing to claim."""
    OrmQ.objects.all().delete()


def test_what_is_in_flight_is_dropped_when_the_search_ends(settings: Settings) -> None:
    settings.SLOTS = 2
    bisection = bayes(bad="c64")
    lab = FakeLab(line(64), "c7")
    while len(unfinished(bisection)) < 2 or is_calibrating(bisection):
        step(lab)
        workflow.advance(bisection.pk, lab.factory)
    running, waiting = unfinished(bisection)

    def find_it_meanwhile(what: str) -> None:
        if what == f"boot {running.sha} {running.runs.count()}":
            lab.trouble = lambda what: None
            for sha, outcome in (("c5", "ok"), ("c6", "ok"), ("c7", "crash"), ("c8", "crash")):
                make_known(bisection, sha, outcome, 30)
            workflow.advance(bisection.pk, lab.factory)

    lab.trouble = find_it_meanwhile
    workflow.test(lab.factory)
    assert finished(bisection).verifying == "c7"
    for revision in (running, waiting):
        revision.refresh_from_db()
        assert (revision.state, revision.lease) == (Revision.State.DONE, "")
        assert revision.runs_wanted == revision.runs.count()
    assert waiting.is_dropped
    assert "# dropped" in bisection_log(bisection)
    work(lab)
    workflow.sweep()
    work(lab)
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c7")
    assert not Run.objects.filter(revision=waiting).exists()


def is_calibrating(bisection: Bisection) -> bool:
    return (
        Run.objects.filter(revision__bisection=bisection, revision__sha=bisection.asked_bad).count()
        < 3
    )


def test_trouble_with_the_tree_is_not_hidden_when_the_prior_cannot_be_had() -> None:
    bisection = bayes()

    def trouble(what: str) -> None:
        if what == "prior":
            raise InfraError("git died")

    work(FakeLab(line(16), "c7", trouble=trouble))
    assert "git died" in finished(bisection).reason
    assert not bisection.revisions.exists()


def test_a_decision_that_failed_is_woken_though_a_revision_is_in_hand(settings: Settings) -> None:
    settings.SLOTS = 2
    bisection = bayes()
    lab = FakeLab(line(16), "c7")
    step(lab)
    drain()
    assert finished(bisection).claim(Bisection.claimable())
    Revision.objects.update(woken=None, lease="somebody", not_before=None)
    let_leases_end()
    Revision.objects.update(lease_until="2999-01-01T00:00Z")
    workflow.sweep()
    Bisection.objects.update(lease="", lease_until=None)
    assert [queued.task["func"] for queued in OrmQ.objects.all()] == ["bisectweb.tasks.advance"]


def test_what_was_decided_is_written_down() -> None:
    bisection = bayes()
    lab = FakeLab(line(16), "c7")
    for _ in range(9):
        step(lab)
    state = finished(bisection)
    assert state.is_active
    assert "suspects of at least 0.1 %" in state.progress
    assert "left" in state.progress
    first = state.suspects[0]
    assert first["subject"] == f"demo: change {first['sha']}"
    assert 0 < first["probability"] < 1
    assert [group["commits"] for group in state.prior] == [16]
    start, second = state.revisions.filter(state=Revision.State.DONE)[:2]
    assert start.verdict == "bad"
    assert start.odds.startswith("3 of 3 runs crashed: ")
    assert "that it contains the culprit" in second.why
    work(lab)
    log = bisection_log(finished(bisection))
    assert "\n# c16, at most 60 runs; does the bug show where it was reported" in log
    assert "\n# c16 again, at most 59 runs; " in log
    assert log.count("\n# c16: ") == 3
    assert "\n# so far: 99" in log
    assert log.index("# so far: 99") < log.index("c7 is the first bad commit")


def test_an_unclear_revision_has_no_verdict() -> None:
    bisection = bayes()
    lab = FakeLab(line(16), "c7", chance=0.3)
    seen = set[str]()
    while finished(bisection).is_active:
        step(lab)
        seen |= set(Revision.objects.exclude(odds="").values_list("verdict", flat=True))
    assert seen == {"", "good", "bad"}


def test_an_inconclusive_search_tells_how_likely_each_suspect_is() -> None:
    bisection = bayes()
    work(FakeLab(line(16), "c7", broken=frozenset({"c6", "c7", "c8"})))
    done = finished(bisection)
    assert done.state == State.INCONCLUSIVE
    assert sum(one["probability"] for one in done.suspects) > 0.9
    log = bisection_log(done)
    assert f"\n# {done.reason}\n#  " in log
    assert "The first bad commit could be any of:\nc" in log


def test_the_search_is_told_which_revisions_are_one_binary_and_not_of_those_without() -> None:
    bisection = bayes()
    make_known(bisection, "c6", "crash", 2)
    create_revision(bisection=bisection, sha="c5", built=False)
    create_revision(bisection=bisection, sha="c4")
    assert known_to_the_search(seen(bisection)) == [
        Evidence("c6", [Outcome.CRASH, Outcome.CRASH], signature="signature of c6"),
        Evidence("c5", [], built=False),
    ]


def test_who_changes_a_file_on_the_stack_is_suspected_before_any_run() -> None:
    bisection = bayes()
    Crash.objects.update(report=f"{TITLE}\nCall Trace:\n x+0x1/0x2 drivers/c11.c:12\n")
    step(FakeLab(line(16), "c7"))
    first, *others = finished(bisection).suspects
    assert first["sha"] == "c11"
    assert first["probability"] > 10 * others[0]["probability"]
    on_stack, other = finished(bisection).prior
    assert (on_stack["commits"], other["commits"]) == (1, 15)
    assert "on the crash's stack" in on_stack["reason"]
