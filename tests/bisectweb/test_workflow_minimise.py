"""A smaller config before the search: tested, chosen, searched with, and never in the way."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django_q.models import OrmQ

from bisectweb import workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Bug, Message, Revision, Run
from runner.errors import InfraError
from runner.log import configs
from runner.log import parse as parse_log
from runner.log.entries import Unknown
from runner.minimise import MAX_TESTS, parse
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
from tests.fakes import ConfigLab, FakeLab, line, step, work
from tests.runner.minimise.options import Options, config_of

pytestmark = pytest.mark.django_db

State, Role = Bisection.State, Revision.Role

CONFIG = config_of(["SMP", "KVM", "PCI", "USB", "KVM_SMM", "SOUND", "KASAN", "KCOV"])
BASE = config_of(["SMP"])
KVM = Options(["KVM"])
NEEDS = Options(["KVM_SMM"], depends={"KVM_SMM": "KVM"})


def minimising(**wanted: Any) -> Bisection:
    known: dict[str, Any] = {"config": CONFIG, "base_config": BASE, "minimise": True}
    return begin(**known | wanted)


def lab(**fields: Any) -> ConfigLab:
    known: dict[str, Any] = {"commits": line(16), "culprit": "c7", "options": NEEDS}
    return ConfigLab(**known | fields)


def config_tests(bisection: Bisection) -> list[Revision]:
    return list(bisection.revisions.filter(role=Role.CONFIG).order_by("variant"))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_search_is_done_with_the_smallest_config_that_crashes(strategy: str) -> None:
    bisection = minimising(strategy=strategy)
    work(lab())
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c7")
    assert {*parse(done.config)} == {"SMP", "KVM", "KVM_SMM"}
    assert done.minimised["words"] == (
        "config minimised from 8 to 3 options; needs CONFIG_KVM and CONFIG_KVM_SMM"
    )
    assert done.minimised["dropped"] == ["PCI", "USB", "SOUND", "KASAN", "KCOV"]
    assert len(config_tests(done)) <= MAX_TESTS
    for revision in done.revisions.exclude(role=Role.CONFIG):
        assert {*parse(revision.plan().config)} == {"SMP", "KVM", "KVM_SMM"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_only_the_runs_of_the_chosen_config_are_evidence_of_the_search(strategy: str) -> None:
    bisection = minimising(strategy=strategy)
    work(lab())
    [start] = bisection.revisions.filter(sha="c16", role=Role.SEARCH)
    assert start.variant == 0
    assert start.runs.filter(outcome=Run.Outcome.CRASH).count() >= 3
    assert all(revision.sha == "c16" for revision in config_tests(bisection))
    assert start.kernel is not None
    assert start.kernel.signature == "c16 with SMP_KVM_KVM_SMM"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_sure_crash_takes_three_runs_a_test_and_a_sure_miss_seven(strategy: str) -> None:
    bisection = minimising(strategy=strategy)
    work(lab())
    runs = {one.verdict: {one.runs.count()} for one in config_tests(bisection)}
    assert runs == {"bad": {3}, "good": {7}}


def test_the_log_tells_of_the_tests_in_order() -> None:
    bisection = minimising()
    work(lab())
    log = bisection_log(finished(bisection))
    lines = [
        "ensuring issue is reproducible on original commit c16\n\ntesting commit c16 gcc\n",
        "# 3 of 3 runs crashed: the bug shows\n",
        "check whether we can drop unnecessary instrumentation\n",
        "disabling configs for [KASAN coverage], they are not needed\ntesting commit c16 gcc\n",
        "# 3 of 3 runs crashed: the bug shows\nthe bug reproduces without the instrumentation\n",
        "kconfig minimization: base=1 full=6 leaves diff=5\nsplit chunks (needed=false): <5>\n",
        "split chunk #0 of len 5 into 3 parts\ntesting without sub-chunk 1/3\n",
        "# 0 of 7 runs crashed: that does not count as showing the bug\n",
        "the chunk can be dropped\n",
        "minimized to 3 configs; suspects: [KVM KVM_SMM]\n# proceeding with it\n",
        "# git bisect start c16 c0\n",
        "first bad commit: c7",
    ]
    places = [log.find(text) for text in lines]
    assert -1 not in places, log
    entries = parse_log(log).entries
    assert not any(isinstance(entry, Unknown) for entry in entries)
    assert configs.Kconfig(base=1, full=6, diff=5, chunks=True) in entries
    assert configs.Minimised(3, ("KVM", "KVM_SMM")) in entries
    assert places == sorted(places), log


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"minimise": False}, "nobody asked for it"),
        ({"base_config": "", "config": config_of(["KVM", "KVM_SMM", "BUG"])}, "nothing to try"),
    ],
)
def test_there_is_no_test_when_there_is_nothing_to_gain(
    strategy: str, wanted: dict[str, Any], why: str
) -> None:
    bisection = minimising(strategy=strategy, **wanted)
    work(lab())
    done = finished(bisection)
    assert (done.culprit.sha, done.config, done.minimised) == ("c7", "", {}), why
    assert not config_tests(done)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_config_of_which_everything_is_needed_is_searched_with_as_it_is(strategy: str) -> None:
    bisection = minimising(strategy=strategy, base_config="", config=config_of(["KASAN", "KVM"]))
    work(lab(options=Options(["KASAN"])))
    done = finished(bisection)
    assert (done.culprit.sha, done.config) == ("c7", "")
    assert done.minimised["words"] == (
        "config not minimised: none of its 2 options could be left out"
    )
    [start] = done.revisions.filter(sha="c16", role=Role.SEARCH)
    assert (start.config, start.order) == ("", 0)
    assert "proceeding with the original config\n" in bisection_log(done)


def test_a_config_that_does_not_build_is_not_chosen_and_stops_nothing() -> None:
    bisection = minimising()
    work(lab(options=Options(["KVM"], broken_without="PCI")))
    done = finished(bisection)
    assert (done.state, {*parse(done.config)}) == (State.FOUND, {"SMP", "PCI", "KVM"})
    broken = [one for one in config_tests(done) if not one.built]
    assert broken
    assert {one.verdict for one in broken} == {"skip"}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"broken": frozenset({"c16"})}, "build"), ({"chance": 0.0}, "crash")],
)
def test_a_start_commit_that_does_not_crash_is_left_to_the_search(
    strategy: str, fields: dict[str, Any], reason: str
) -> None:
    bisection = minimising(strategy=strategy)
    work(lab(**fields))
    done = finished(bisection)
    assert done.state == State.FAILED
    assert reason in done.reason
    assert not config_tests(done)
    assert "the bug did not show with it as given" in done.minimised["words"]


def test_the_title_of_the_crash_is_learnt_before_anything_is_left_out() -> None:
    bisection = minimising(title="", strategy="bayes")
    fake = lab(title="KASAN: use-after-free Read in demo", options=Options(["KASAN"]))
    work(fake)
    done = finished(bisection)
    assert done.title == "KASAN: use-after-free Read in demo"
    assert "KASAN" in parse(done.config)
    assert {"KCOV", "PCI"} <= {*done.minimised["dropped"]}


def test_the_base_config_may_change_on_the_way() -> None:
    bisection = minimising()
    fake = lab()
    for _ in range(6):
        step(fake)
    tree = bisection.crash.bug.tree
    tree.base_config = config_of(["SOUND"])
    tree.save()
    work(fake)
    assert {*parse(finished(bisection).config)} == {"SMP", "KVM", "KVM_SMM"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_fix_is_searched_with_a_smaller_config_as_well(strategy: str) -> None:
    bisection = minimising(strategy=strategy, kind="fix", bad="c4", good="c16")
    work(lab(culprit="c1", fix="c9"))
    done = finished(bisection)
    assert (done.state, done.culprit.sha) == (State.FOUND, "c9")
    assert {*parse(done.config)} == {"SMP", "KVM", "KVM_SMM"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_worker_that_dies_at_any_point_changes_nothing(strategy: str) -> None:
    wanted = {"strategy": strategy, "config": config_of(["SMP", "KVM", "KASAN"])}
    whole = Mortal()
    want = until_the_search(minimising(**wanted), lab(options=KVM, trouble=whole))
    for worker in everywhere(whole.calls):
        Bug.objects.all().delete()
        OrmQ.objects.all().delete()
        bisection, fake = minimising(**wanted), lab(options=KVM, trouble=worker)
        again_and_again(partial(until_the_search, bisection, fake), worker)
        assert until_the_search(bisection, fake) == want, f"died at {worker.doomed}"


def until_the_search(bisection: Bisection, fake: ConfigLab) -> list[Any]:
    """Everything that is known when the search may begin."""
    while not finished(bisection).minimised:
        step(fake)
    known = ("role", "variant", "verdict", "preamble", "conclusion", "config", "runs_wanted")
    return [finished(bisection).config, evidence(), *bisection.revisions.values_list(*known)]


def test_our_own_trouble_is_no_reason_to_keep_an_option() -> None:
    bisection = minimising()
    failures = iter(range(3))

    def trouble(what: str) -> None:
        if what == "boot c16 1" and next(failures, None) is not None:
            raise InfraError("the disk is full")

    fake = lab(trouble=trouble)
    for _ in range(6):
        work(fake)
        let_leases_end()
        workflow.sweep()
    assert {*parse(finished(bisection).config)} == {"SMP", "KVM", "KVM_SMM"}


def test_cancelling_ends_a_test_of_a_config_too() -> None:
    bisection = minimising()
    fake = lab()
    for _ in range(3):
        step(fake)
    [asked] = bisection.revisions.exclude(state=Revision.State.DONE)
    assert (asked.role, asked.variant) == (Role.CONFIG, 1)
    workflow.cancel(finished(bisection), None)
    work(fake)
    assert finished(bisection).state == State.CANCELLED
    assert not bisection.revisions.exclude(state=Revision.State.DONE).exists()


def test_a_lab_that_does_not_tell_the_completed_config_is_no_obstacle() -> None:
    bisection = minimising(base_config="", config=config_of(["KASAN", "KVM"]))
    work(FakeLab(line(16), "c7"))
    assert {*parse(finished(bisection).config)} == {"KVM"}


def test_two_workers_do_not_ask_twice() -> None:
    bisection = minimising(strategy="bayes")
    fake = lab()
    for _ in range(3):
        workflow.advance(bisection.pk, fake.factory)
    assert bisection.revisions.count() == 1


def test_the_mail_says_what_is_needed() -> None:
    minimising()
    work(lab())
    assert "CONFIG_KVM_SMM" in Message.objects.get().body
