"""Between the end of a search and the mail: culprit, parent and revert are run once more."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import Q
from django.test import Client

from bisectweb import workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Bug, Culprit, Event, Message, Revision, Score, Tree
from runner.errors import InfraError
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
from tests.factories import create_run
from tests.fakes import TITLE, FakeLab, line, step, work

pytestmark = pytest.mark.django_db

State = Bisection.State
CHECKS = ["merge", "release", "signature", "culprit", "parent", "revert"]


def found(strategy: str, lab: FakeLab, *, unread: bool = False, **wanted: str) -> Culprit:
    """The culprit of a bisection carried to its end; `unread` mails leave by themselves."""
    bisection = begin(strategy=strategy, **{"bad": "c8", **wanted})
    bisection.bug.tree.auto_approve = unread
    bisection.bug.tree.save()
    work(lab)
    done = finished(bisection)
    assert done.state == State.FOUND, done.reason
    return done.culprit


def until_verifying(strategy: str, lab: FakeLab) -> Bisection:
    bisection = begin(strategy=strategy, bad="c8")
    while not finished(bisection).verifying:
        step(lab)
    return finished(bisection)


def results(culprit: Culprit) -> dict[str, str]:
    return {check["name"]: check["result"] for check in culprit.checks}


def test_the_author_of_a_private_trees_culprit_is_not_told() -> None:
    bisection = begin(bad="c8", strategy="bayes")
    Tree.objects.update(seen_by=Tree.SeenBy.SIGNED_IN, maintainers="keeper@x.invalid")
    work(FakeLab(line(8), "c3"))
    culprit = finished(bisection).culprit
    assert [one.address for one in culprit.recipients] == ["keeper@x.invalid"]
    assert culprit.recipients_note == "the tree is private: only who sees it is told"
    assert Message.objects.get().people == culprit.people


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_culprit_is_verified_by_its_revert_before_anybody_is_told(strategy: str) -> None:
    culprit = found(strategy, FakeLab(line(8), "c3"), unread=True)
    assert results(culprit) == dict.fromkeys(CHECKS, "passed")
    assert culprit.is_verified
    trusted = Score.objects.get().verdict == Score.Verdict.TRUST
    assert trusted == (strategy == "bayes")
    waiting, approved = Message.State.AWAITING_APPROVAL, Message.State.APPROVED
    assert Message.objects.get().state == (approved if trusted else waiting)
    revert = Revision.objects.get(role=Revision.Role.REVERT)
    assert (revert.sha, revert.built, revert.runs.count()) == ("c8-without-c3", True, 3)
    assert revert.subject == 'Revert "demo: change c3"'
    assert revert.why == "the culprit reverted on c8: is the crash gone without it?"
    log = bisection_log(culprit.bisection)
    lines = [
        "c3 is the first bad commit\n",
        "# verifying: c3 reverted on c8, 3 runs\ntesting commit c8-without-c3 gcc\n",
        "culprit signature: signature of c3\n",
        "first bad commit: c3 demo: change c3\n# verified: it is not a merge\n",
        "# verified: c8 with it reverted did not crash in 3 runs\nrecipients (to): ",
    ]
    places = [log.index(one) for one in lines]
    assert places == sorted(places)
    assert [log.count(one) for one in lines] == [1] * len(lines)
    assert "\n  Verified: it is not a merge.\n" in Message.objects.get().body


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_revert_of_a_fix_brings_the_crash_back(strategy: str) -> None:
    lab = FakeLab(line(16), culprit="c1", fix="c9")
    culprit = found(strategy, lab, kind="fix", bad="c2", good="c16")
    assert (culprit.sha, culprit.is_verified) == ("c9", True)
    revert = Revision.objects.get(role=Revision.Role.REVERT)
    assert revert.sha == "c16-without-c9"
    assert {run.outcome for run in revert.runs.all()} == {"crash"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_being_verified_is_told_to_nobody(strategy: str, client: Client) -> None:
    bisection = until_verifying(strategy, FakeLab(line(8), "c3"))
    assert (bisection.state, bisection.verifying) == (State.RUNNING, "c3")
    assert not Message.objects.exists()
    assert not Culprit.objects.exists()
    page = client.get(bisection.get_absolute_url()).content.decode()
    assert '<p class="label">verifying</p>' in page
    assert "Found c3 demo: change c3; it is being verified" in page
    assert client.get(f"{bisection.get_absolute_url()[:-1]}.json").json()["verifying"] == "c3"


@pytest.mark.parametrize(
    ("lab", "words"),
    [
        ({"entangled": frozenset({"c3"})}, "the revert conflicts with later commits"),
        ({"broken": frozenset({"c8-without-c3"})}, "does not build"),
        ({"unbootable": frozenset({"c8-without-c3"})}, "does not boot"),
        ({"masked": frozenset({"c8-without-c3"})}, "told nothing of the bug"),
    ],
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_revert_that_cannot_be_tested_proves_nothing(
    strategy: str, lab: dict[str, frozenset[str]], words: str
) -> None:
    culprit = found(strategy, FakeLab(line(8), "c3", **lab), unread=True)  # type: ignore[arg-type]
    assert results(culprit) == {**dict.fromkeys(CHECKS, "passed"), "revert": "unchecked"}
    assert words in culprit.checks[-1]["words"]
    assert (culprit.flags, culprit.is_verified) == ([], False)
    message = Message.objects.get()
    assert message.state == Message.State.AWAITING_APPROVAL
    waits = Event.objects.get(text__startswith="the mail waits for a person: ")
    assert "not everything could be checked" in waits.text
    assert "Could not be checked: c8 with it reverted" in message.body
    assert "# could not be checked: c8 with it reverted" in bisection_log(culprit.bisection)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_crash_that_outlives_the_revert_keeps_the_mail_here(strategy: str) -> None:
    culprit = found(strategy, FakeLab(line(8), "c3", lasting=frozenset({"c3"})), unread=True)
    assert results(culprit)["revert"] == "failed"
    [flag] = culprit.flags
    assert flag.startswith("c8 with it reverted crashed in ")
    message = Message.objects.get()
    assert message.state == Message.State.AWAITING_APPROVAL
    assert f"  - {flag}\n" in message.body
    assert "# contradicted: c8 with it reverted crashed" in bisection_log(culprit.bisection)


def test_a_parent_that_crashes_sends_the_search_on() -> None:
    """A bug that shows late: the first runs of c2, c3 and c4 are quiet, and c5 is accused."""
    lab = FakeLab(line(8), "c2", late={"c2": 2, "c3": 2, "c4": 2})
    bisection = begin(strategy="classic", runs=2, bad="c8")
    while "c5 is not verified" not in bisection_log(finished(bisection)):
        step(lab)
    going_on = finished(bisection)
    assert (going_on.verifying, going_on.log_found) == ("", "")
    assert not Revision.objects.filter(
        ~Q(state=Revision.State.DONE), role=Revision.Role.REVERT
    ).exists()
    work(lab)
    done = finished(bisection)
    assert done.state == State.INCONCLUSIVE, "some runs of c4 crash and others do not"
    assert [one["sha"] for one in done.suspects] == ["c4", "c5"]
    assert "is the first bad commit" not in bisection_log(done)
    assert not Message.objects.exists()


def test_runs_that_speak_against_a_culprit_send_the_probabilistic_search_on() -> None:
    lab = FakeLab(line(8), "c3")
    bisection = until_verifying("bayes", lab)
    parent = bisection.revisions.get(sha="c2")
    for _ in range(6):
        create_run(revision=parent, outcome="crash", title=TITLE)
    lab.culprit = "c1"
    work(lab)
    done = finished(bisection)
    log = bisection_log(done)
    assert log.count("# c3 is not verified: the search goes on\n") == 1
    assert "c3 is the first bad commit" not in log
    assert (done.culprit.sha, done.culprit.is_verified) == ("c1", True)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_parent_outside_the_range_that_crashes_keeps_the_mail_here(strategy: str) -> None:
    parents = {"m": ("b", "s"), "b": ("g",), "s": ("old",), "g": ("old",), "old": ()}
    lab = FakeLab(History(parents, good="g", bad="m"), "s")
    bisection = begin(strategy=strategy, bad="m", good="g")
    Tree.objects.update(auto_approve=True)
    while not finished(bisection).verifying:
        step(lab)
    lab.culprit = "old"
    work(lab)
    culprit = finished(bisection).culprit
    assert "its parent crashed in " in culprit.flags[0]
    assert results(culprit)["parent"] == "failed"
    assert Message.objects.get().state == Message.State.AWAITING_APPROVAL


def test_a_good_commit_that_crashes_is_not_told_as_a_parent() -> None:
    bisection = begin(strategy="classic", runs=2, good="c4", bad="c8")
    work(FakeLab(line(8), "c3", late={"c4": 2}))
    done = finished(bisection)
    assert (done.state, done.verifying) == (State.FAILED, "")
    assert "good commit" in done.reason
    assert not Message.objects.exists()
    assert "first bad commit" not in bisection_log(done)


def test_a_merge_is_not_reverted() -> None:
    parents = {"m": ("a", "b"), "a": ("g",), "b": ("g",), "g": ()}
    lab = FakeLab(History(parents, good="g", bad="m"), "m")
    culprit = found("classic", lab, good="g", bad="m")
    checks = results(culprit)
    assert [checks[name] for name in CHECKS] == [
        *("failed", "passed", "unchecked", "passed", "unchecked", "unchecked")
    ]
    assert "it is a merge" in culprit.flags


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_trouble_of_our_own_is_no_result_of_a_check(strategy: str) -> None:
    failures = iter(range(2))

    def trouble(what: str) -> None:
        if "without" in what and next(failures, None) is not None:
            raise InfraError("the disk is full")

    lab = FakeLab(line(8), "c3", trouble=trouble)
    bisection = until_verifying(strategy, lab)
    for _ in range(3):
        work(lab)
        let_leases_end()
        workflow.sweep()
    work(lab)
    assert finished(bisection).culprit.is_verified


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_cancelling_a_verification_tells_nobody(strategy: str) -> None:
    lab = FakeLab(line(8), "c3")
    bisection = until_verifying(strategy, lab)
    assert workflow.cancel(bisection, None)
    work(lab)
    done = finished(bisection)
    assert (done.state, done.verifying) == (State.CANCELLED, "")
    assert not Message.objects.exists()
    assert not Revision.objects.exclude(state=Revision.State.DONE).exists()


def test_the_page_has_a_badge_and_a_sentence_for_every_check(client: Client) -> None:
    lab = FakeLab(line(8), "c3", entangled=frozenset({"c3"}))
    bisection = found("classic", lab).bisection
    page = client.get(bisection.get_absolute_url()).content.decode()
    checks = page[page.index('<ul class="checks"') :].partition("</ul>")[0]
    assert checks.count('<span class="badge good">passed</span>') == 5
    assert '<span class="badge warn">could not be checked</span>' in checks
    assert "c8 with it reverted: the revert conflicts with later commits" in checks
    facts = client.get(f"{bisection.get_absolute_url()[:-1]}.json").json()["culprit"]
    assert (facts["verified"], len(facts["checks"])) == (False, 6)


def test_what_speaks_against_a_culprit_is_said_in_words(client: Client) -> None:
    bisection = found("classic", FakeLab(line(8), "c3", lasting=frozenset({"c3"}))).bisection
    page = client.get(bisection.get_absolute_url()).content.decode()
    assert '<span class="badge bad">failed</span>' in page
    assert "With care: c8 with it reverted crashed in 3 of 3 runs." in page


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_verification_that_is_killed_at_any_point_goes_on(strategy: str) -> None:
    """Of a fix, whose parent and revert have to crash twice: they are asked for again and again."""
    whole = Mortal()
    world = {"commits": line(8), "culprit": "c1", "fix": "c5"}
    wanted = {"kind": "fix", "bad": "c2", "good": "c8"}
    found(strategy, FakeLab(**world, trouble=whole), **wanted)  # type: ignore[arg-type]
    want = evidence()
    for worker in everywhere(whole.calls[whole.calls.index(("revert c5", 0)) :]):
        Bug.objects.all().delete()
        bisection = begin(strategy=strategy, **wanted)
        lab = FakeLab(**world, trouble=worker)  # type: ignore[arg-type]
        again_and_again(partial(work, lab), worker)
        assert finished(bisection).culprit.is_verified, f"died at {worker.doomed}"
        assert evidence() == want, f"died at {worker.doomed}"
        assert Message.objects.count() == 1
