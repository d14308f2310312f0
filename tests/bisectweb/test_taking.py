"""A new bisection that begins with the evidence of an earlier one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bisectweb import workflow
from bisectweb.builds import builds
from bisectweb.logs import bisection_log, cost
from bisectweb.models import Bisection, Crash, Kernel, Priority, Revision, Run, Tree, Week
from runner.errors import InputError
from runner.log import parse
from runner.log.entries import Unknown
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.bisectweb.test_workflow_minimise import BASE, CONFIG, NEEDS
from tests.factories import create_bisection, create_crash, create_worker
from tests.fakes import ConfigLab, FakeLab, line, work

pytestmark = pytest.mark.django_db


def again(source: Bisection, **wanted: Any) -> Bisection:
    asked = {"kind": "cause", "strategy": source.strategy, "good": "c0", "bad": "c16", "by": None}
    return workflow.start(source.crash, **asked | {"evidence_from": source} | wanted)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_was_run_is_not_run_again_and_counts_once(strategy: str) -> None:
    lab = FakeLab(line(16), "c7")
    source = begin(strategy=strategy)
    work(lab)
    booted = len(lab.booted)
    own = Run.objects.count()
    second = again(finished(source))
    work(lab)
    done = finished(second)
    assert (done.state, done.culprit.sha) == ("found", "c7")
    of_the_search = source.revisions.filter(role="search")
    taken = Run.objects.filter(revision__bisection=second).exclude(taken_from=None)
    assert taken.count() == Run.objects.filter(revision__in=of_the_search).count()
    # Parent and revert were no evidence of the search: they are run for the new one.
    assert len(lab.booted) - booted == Run.objects.filter(taken_from=None).count() - own
    assert len(lab.booted) - booted < booted / 2
    assert builds(done).made == 0
    assert cost(done).revisions <= 2
    assert Week.objects.get().runs == len(lab.booted)
    log = bisection_log(done)
    assert f"# taken from bisection {source.pk}" in log
    assert not any(isinstance(entry, Unknown) for entry in parse(log).entries)


def test_the_evidence_of_a_search_that_goes_on_is_what_it_has_so_far() -> None:
    source = begin(strategy="bayes")

    def ask(what: str) -> None:
        if what.startswith("build") and source.revisions.count() > 1:
            lab.trouble = lambda what: None
            again(finished(source), strategy="classic", runs=10)

    lab = FakeLab(line(16), "c7", trouble=ask)
    work(lab, 400)
    first, second = Bisection.objects.order_by("pk")
    assert (first.culprit.sha, second.culprit.sha) == ("c7", "c7")
    [taken] = second.revisions.exclude(taken_from=None)
    assert taken.sha == "c16"
    runs = list(taken.runs.order_by("index"))
    assert [run.index for run in runs] == list(range(20)), "the classic strategy wants 20 of it"
    assert 0 < len([run for run in runs if run.taken_from_id]) < 20


def test_what_was_taken_over_twice_still_names_the_run_that_was_made() -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    second = again(finished(source))
    third = again(finished(second))
    made = set(Run.objects.filter(revision__bisection=source, revision__role="search"))
    for bisection in (second, third):
        runs = Run.objects.filter(revision__bisection=bisection)
        assert {run.taken_from for run in runs} == made
        for run in runs:
            assert run.taken_from
            assert run.console.name == run.taken_from.console.name


def test_a_config_that_was_minimised_is_used_again() -> None:
    source = begin(minimise=True, config=CONFIG, base_config=BASE)
    lab = ConfigLab(line(16), "c7", options=NEEDS)
    work(lab)
    second = again(finished(source), minimise=True)
    assert (second.config, second.minimise) == (finished(source).config, False)
    assert second.minimised == finished(source).minimised
    work(lab)
    assert finished(second).culprit.sha == "c7"
    assert not second.revisions.filter(role="config").exists()


@pytest.mark.parametrize("minimise", [False, True])
def test_a_config_of_its_own_is_searched_with_minimised_or_not(minimise: bool) -> None:
    first = begin(config=CONFIG, base_config=BASE)
    workflow.cancel(first, None)
    crash = first.crash
    own = CONFIG.replace("CONFIG_SOUND=y\n", "")
    bisection = workflow.start(
        crash, kind="cause", good="c0", bad="c16", config=own, minimise=minimise, by=None
    )
    assert bisection.plan().config == own
    work(ConfigLab(line(16), "c7", options=NEEDS), 400)
    done = finished(bisection)
    assert done.culprit.sha == "c7"
    assert "SOUND" not in done.config
    assert ("KASAN" in done.config) != minimise


def another(source: Bisection, **fields: Any) -> Crash:
    known = {"title": source.title, "config": source.crash.config, "bug": source.bug}
    return create_crash(**known | {"reproducer": source.crash.reproducer} | fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"config": "CONFIG_Y=y\n"}, "its crash has another kernel config"),
        ({"reproducer": "int other;"}, "its crash has another reproducer"),
        ({"procs": 4}, "its crash has another reproducer"),
        ({"title": "BUG: of another kind"}, "it looked for another crash"),
        ({"bug": None}, "it is about another bug"),
    ],
)
def test_runs_of_another_kind_are_refused_with_the_reason(
    fields: dict[str, Any], words: str
) -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    if "bug" in fields:
        fields = {"bug": create_crash().bug}
    crash = another(finished(source), **fields)
    with pytest.raises(InputError, match=words):
        workflow.start(crash, kind="cause", evidence_from=finished(source), by=None)
    assert Bisection.objects.count() == 1


def test_a_tree_that_was_changed_since_is_told_by_what_was_changed() -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    Tree.objects.update(compiler="clang", cpus=4)
    with pytest.raises(InputError, match="changed since: compiler, processors of the VM"):
        again(finished(source))
    Bisection.objects.update(setup={})
    with pytest.raises(InputError, match="nobody knows which settings"):
        again(finished(source))


def test_another_config_than_it_was_searched_with_is_refused() -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    with pytest.raises(InputError, match="searched with another kernel config"):
        again(finished(source), config="CONFIG_Y=y\n")
    assert again(finished(source), config=source.crash.config).taken_from == source


def test_a_compiler_that_no_worker_has_any_more_is_told() -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    Kernel.objects.update(compiler="gcc (Debian 12.2.0-14) 12.2.0, GNU ld 2.40")
    create_worker(facts={"arch": "x86_64", "compilers": ["gcc 13.1.0 (gcc)", "clang 12.2.0 (c)"]})
    with pytest.raises(InputError, match=r"no worker has .*12\.2\.0-14"):
        again(finished(source))
    create_worker(facts={"arch": "x86_64", "compilers": ["gcc 12.2.0 (gcc-12)"]})
    assert again(finished(source)).taken_from == source


def test_there_has_to_be_some_evidence_and_it_has_to_be_ours() -> None:
    with pytest.raises(InputError, match="has no evidence yet"):
        again(begin())
    imported = create_bisection(state="found", imported=True)
    with pytest.raises(InputError, match="was done elsewhere"):
        again(imported)
    assert not Revision.objects.exists()
    assert Bisection.objects.count() == 2


def test_the_form_offers_the_evidence_and_says_why_it_cannot_be_used(
    admin_client: Client, admin_user: User
) -> None:
    source = begin()
    work(FakeLab(line(16), "c7"))
    page = source.get_absolute_url()
    assert f'<option value="{source.pk}">' in admin_client.get(page).text
    said = {"kind": "cause", "strategy": "bayes", "runs": 10, "good": "c0", "bad": "c16"}
    said |= {"evidence_from": source.pk, "priority": 3}
    address = reverse("bisection-start", args=[source.crash_id])
    assert admin_client.post(address, said).status_code == 302
    started = Bisection.objects.latest("pk")
    assert (started.taken_from, started.priority) == (source, Priority.HIGH)
    [event] = started.bug.events.filter(actor=admin_user)
    assert event.text.endswith(f"with the evidence of bisection {source.pk}")
    refused = admin_client.post(address, said | {"config": "CONFIG_Y=y\n"})
    assert refused.status_code == 422
    assert "searched with another kernel config" in refused.text
