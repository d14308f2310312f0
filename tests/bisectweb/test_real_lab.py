"""The workflow with the real lab: the demo kernel is built and booted."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.conf import settings

from bisectweb import workflow
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Message, Revision
from runner.kernel_lab import KernelLab, Site
from runner.minimise import MAX_TESTS, parse, switched_on
from runner.sandbox import Confinement, Sandbox
from runner.values import Plan
from tests.bisectweb.bisecting import STRATEGIES
from tests.demokernel.generate import config, generate
from tests.factories import create_revision, create_run, create_tree
from tests.fakes import work
from tests.machine import accelerator
from tests.runner.git.repositories import commit, git

pytestmark = [pytest.mark.kernel, pytest.mark.django_db(transaction=True)]

State = Bisection.State


class RealLab:
    """Where the lab of the tests is."""

    def factory(self, plan: Plan, slot: int, cancel: Event) -> KernelLab:
        sandbox = Sandbox(Confinement.AUTO, (settings.DATA,))
        site = Site(settings.DATA / "lab", sandbox, slot, jobs=2, vms=2, accelerator=accelerator())
        return KernelLab(plan, site, cancel)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The manifest of a generated tree, its config and reproducer read."""
    folder: Path = tmp_path_factory.mktemp("demo") / "tree"
    generate(folder, seed=5)
    manifest: dict[str, Any] = json.loads((folder / "demo.json").read_text())
    for name in ("config", "reproducer"):
        manifest[name] = (folder / manifest[name]).read_text()
    return manifest


def bisect(demo: dict[str, Any], commit: str = "", **wanted: Any) -> Bisection:
    """A bisection of the demo's bug, carried to its end."""
    bisection = begin(demo, commit, **wanted)
    work(RealLab())
    return Bisection.objects.get(pk=bisection.pk)


def begin(demo: dict[str, Any], commit: str = "", **wanted: Any) -> Bisection:
    """The same, waiting for a worker."""
    told = {"reproducer": demo["reproducer"], "crash_title": demo["title"]}
    told |= {name: wanted.pop(name) for name in told if name in wanted}
    bug = workflow.file_bug(
        tree=create_tree(
            url=demo["tree"],
            branch=demo["branch"],
            base_config=demo.get("base_config", ""),
            **demo["machine"],
        ),
        title=demo["title"],
        commit=commit or demo["bad"],
        config=demo["config"],
        by=None,
        **told,
    )
    asked: dict[str, Any] = {"kind": "cause", "runs": 4, "by": None}
    return workflow.start(bug.crashes.get(), **asked | wanted)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_fix_of_the_bug_is_found(demo: dict[str, Any], strategy: str) -> None:
    # The classic rule counts any crash, and the tree's other bug is still there when this one
    # is fixed.
    bugs = {**demo, "config": config(late_percent=0)} if strategy == "classic" else demo
    bisection = bisect(bugs, kind="fix", good=demo["fix"]["branch"], strategy=strategy)
    assert bisection.state == State.FOUND, bisection.reason
    assert bisection.culprit.sha == demo["fix"]["expected"]
    assert f"first good commit: {bisection.culprit.sha}" in bisection_log(bisection)
    assert "fixed this bug" in Message.objects.get().body
    assert bisection.culprit.is_verified, bisection.culprit.checks
    revert = bisection.revisions.get(role=Revision.Role.REVERT)
    assert revert.runs.filter(outcome="crash").count() >= 2, "without its fix the bug is back"
    parent = bisection.revisions.get(
        sha=git(Path(demo["tree"]), "rev-parse", f"{bisection.culprit.sha}^")
    )
    assert parent.runs.filter(outcome="crash").count() >= 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_kernel_without_the_culprit_does_not_crash(demo: dict[str, Any], strategy: str) -> None:
    """Each run of a bad kernel shows the bug, and no other one."""
    bugs = {**demo, "config": config(percent=100, late_percent=0)}
    bisection = bisect(bugs, good=demo["facts"]["base"], strategy=strategy)
    assert bisection.state == State.FOUND, bisection.reason
    assert bisection.culprit.sha == demo["expected"]
    assert bisection.culprit.is_verified, bisection.culprit.checks
    revert = bisection.revisions.get(role=Revision.Role.REVERT)
    assert {run.outcome for run in revert.runs.all()} == {"ok"}
    assert revert.kernel not in [one.kernel for one in bisection.revisions.exclude(pk=revert.pk)]
    assert f"# verifying: {demo['expected'][:12]} reverted on {demo['bad'][:12]}" in (
        bisection_log(bisection)
    )


def tangled(demo: dict[str, Any], folder: Path) -> Path:
    """The demo's tree with one more commit, on a line that the culprit wrote."""
    tree = folder / "tangled"
    git(folder, "clone", "--quiet", "--branch", "main", demo["tree"], str(tree))
    source = tree / "drivers" / "demo" / "nested.c"
    before = "if (vcpu->nested.run_pending && !demo_exit_pending(vcpu))"
    assert source.read_text().count(before) == 1
    after = "if (!demo_exit_pending(vcpu) && vcpu->nested.run_pending)"
    source.write_text(source.read_text().replace(before, after))
    commit(tree, "demo: ask for the exit first")
    return tree


def test_a_culprit_that_later_commits_build_on_is_found_though_not_reverted(
    demo: dict[str, Any], tmp_path: Path
) -> None:
    tree = tangled(demo, tmp_path)
    bugs = {**demo, "tree": str(tree), "config": config(percent=100, late_percent=0)}
    head = git(tree, "rev-parse", "main")
    bisection = bisect(bugs, commit=head, good=demo["facts"]["base"])
    assert bisection.culprit.sha == demo["expected"]
    checks = {check["name"]: check["result"] for check in bisection.culprit.checks}
    assert checks.pop("revert") == "unchecked"
    assert set(checks.values()) == {"passed"}
    words = " ".join(Message.objects.get().body.split())
    assert "with it reverted: the revert conflicts with later commits" in words


def test_a_parent_that_crashes_after_all_is_told_to_nobody(demo: dict[str, Any]) -> None:
    """Two quiet runs of the true culprit made it the good commit, and its child the culprit."""
    bugs = {**demo, "config": config(percent=100, late_percent=0)}
    bisection = begin(bugs, good=demo["expected"], strategy="classic", runs=2)
    revision = create_revision(
        bisection=bisection, sha=demo["expected"], state=Revision.State.DONE, built=True
    )
    for _ in range(2):
        create_run(revision=revision)
    work(RealLab())
    done = Bisection.objects.get(pk=bisection.pk)
    assert (done.state, done.reason.partition(";")[0]) == (
        State.FAILED,
        "the good commit could not be tested",
    )
    assert revision.runs.filter(outcome="crash").count() == 1
    assert "is not verified: the search goes on\n" in bisection_log(done)
    assert not Message.objects.exists()


def test_a_config_with_needless_options_becomes_smaller(demo: dict[str, Any]) -> None:
    sure = {**demo, "config": config(percent=100, late_percent=0), "base_config": "CONFIG_HZ=100\n"}
    culprit = demo["expected"]
    bisection = bisect(sure, commit=culprit, good=f"{culprit}~1", minimise=True)
    assert bisection.state == State.FOUND, bisection.reason
    assert bisection.culprit.sha == culprit
    tests = bisection.revisions.filter(role=Revision.Role.CONFIG)
    assert 1 < tests.count() <= MAX_TESTS
    before, after = (
        set(switched_on(parse(text)))
        for text in (tests.get(variant=0).completed_config, bisection.used_config())
    )
    assert "DEMO" in after < before
    assert "PRINTK_TIME" not in after
    assert bisection.minimised["words"].startswith(
        f"config minimised from {len(before)} to {len(after)} options; needs CONFIG_DEMO"
    )
    assert bisection.minimised["words"][1:] in " ".join(Message.objects.get().body.split())


@pytest.mark.parametrize(
    ("strategy", "where", "reason"),
    [
        ("classic", "broken_build", "does not build"),
        ("classic", "broken_boot", "did not boot"),
        ("bayes", "broken_build", "does not build"),
        ("bayes", "broken_boot", "does not boot"),
    ],
)
def test_a_start_commit_that_cannot_be_tested_is_an_error(
    demo: dict[str, Any], strategy: str, where: str, reason: str
) -> None:
    bisection = bisect(demo, commit=demo["facts"][where][0], strategy=strategy)
    assert bisection.state == State.FAILED
    assert reason in bisection.reason
    [revision] = Revision.objects.all()
    assert bool(revision.build_error) == (where == "broken_build")
    with revision.build_log.open() as build_log:
        assert b"make" in build_log.read()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"reproducer": "int main(void) { return x; }"}, "does not compile"),
        ({"crash_title": "KASAN: use-after-free in somewhere"}, "another crash only"),
    ],
)
def test_a_reproducer_or_a_title_that_does_not_fit_is_an_error(
    demo: dict[str, Any], wanted: dict[str, str], reason: str
) -> None:
    bisection = bisect(demo, **wanted, strategy="classic")
    assert bisection.state == State.FAILED
    assert reason in bisection.reason
