"""Patches of the demo kernel come by mail, are built and booted, and answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from bisectweb.models import Bug, PatchTest, Received
from tests.bisectweb.posting import SENDER, ask
from tests.bisectweb.test_real_lab import RealLab
from tests.demokernel.generate import config, generate
from tests.factories import create_bug, create_crash, create_tree
from tests.fakes import work
from tests.runner.git.repositories import git

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("known_keys"),
]

SOURCE = "drivers/demo/nested.c"


def filed(demo: Path) -> Bug:
    """The demo's bug; it shows in each run."""
    known = json.loads((demo / "demo.json").read_text())
    tree = create_tree(
        url=known["tree"], branch=known["branch"], maintainers=SENDER, **known["machine"]
    )
    bug = create_bug(tree=tree, title=known["title"])
    create_crash(
        bug=bug,
        title=known["title"],
        commit=known["bad"],
        config=config(percent=100, late_percent=0),
        reproducer=(demo / known["reproducer"]).read_text(),
    )
    return bug


def patches(demo: Path) -> dict[PatchTest.Result, str]:
    """As people send them, by what comes of them."""
    known = json.loads((demo / "demo.json").read_text())
    tree = demo / "work"
    git(demo, "clone", "--quiet", "--branch", known["branch"], known["tree"], str(tree))
    git(tree, "revert", "--no-edit", known["expected"])
    fix = git(tree, "format-patch", "--stdout", "-1")
    git(tree, "reset", "--quiet", "--hard", "HEAD~1")
    source = tree / SOURCE
    text = source.read_text()
    source.write_text(f"/* Looks at it once more. */\n{text}")
    comment = git(tree, "diff")
    source.write_text(f"int oops(void) {{ return }}\n{text}")
    return {
        PatchTest.Result.QUIET: fix,
        PatchTest.Result.CRASHED: comment,
        PatchTest.Result.UNBUILT: git(tree, "diff"),
        PatchTest.Result.REFUSED: comment.replace("\n ", "\n x", 1),
    }


WORDS = {
    PatchTest.Result.QUIET: "Tested-by: bisectweb",
    PatchTest.Result.CRASHED: "the bug still shows with the patch, in 1 of 1 run:",
    PatchTest.Result.UNBUILT: f"{SOURCE}:1:",
    PatchTest.Result.REFUSED: f"patch failed: {SOURCE}:1",
}


def test_what_a_patch_does_is_answered(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    generate(demo, seed=5)
    bug = filed(demo)
    for number, (result, patch) in enumerate(patches(demo).items()):
        command = f"#bisect test: {bug.tree.url} {bug.tree.branch}"
        row = ask(bug, f"{command}\n\n{patch}\n", number=number)
        assert row.state == Received.State.DONE, row.said
        work(RealLab())
        test = PatchTest.objects.get(received=row)
        assert test.result == result, test.reason
        assert test.message
        assert WORDS[result] in test.message.body
    quiet = PatchTest.objects.get(result=PatchTest.Result.QUIET)
    assert {run.outcome for run in quiet.runs.all()} == {"ok"}
    assert quiet.kernel


def test_a_patch_can_neither_read_nor_change_what_other_builds_use(
    tmp_path: Path, settings: Settings
) -> None:
    """Its makefile runs as we build it."""
    demo = tmp_path / "demo"
    generate(demo, seed=5)
    bug = filed(demo)
    secret = Path(settings.DATA, "lab", "secret")
    secret.parent.mkdir()
    secret.write_text("secret")
    tree = demo / "work"
    git(demo, "clone", "--quiet", "--branch", bug.tree.branch, bug.tree.url, str(tree))
    makefile = tree / "Makefile"
    spy = f"$(info spy: $(shell cat {secret}; echo spied > {secret}))\n"
    makefile.write_text(spy + makefile.read_text())
    patch = git(tree, "diff")
    row = ask(bug, f"#bisect test\n\n{patch}\n")
    work(RealLab())
    test = PatchTest.objects.get(received=row)
    assert test.built, test.build_error
    with test.build_log.open() as file:
        log = file.read().decode()
    assert "spy: " in log
    assert "spy: secret" not in log
    assert secret.read_text() == "secret"
