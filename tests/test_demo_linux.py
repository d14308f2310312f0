"""The whole chain on real Linux: nested KVM, the tree's own script, the same code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from runner.kernel_lab import KernelLab, Site
from runner.sandbox import Confinement, Sandbox
from runner.values import Machine, Plan, Reproducer
from tests import demos, processes

pytestmark = pytest.mark.linux


def test_linux_is_bisected_to_the_planted_commit_and_its_own_script_names_the_people(
    tmp_path: Path,
) -> None:
    tree, data = tmp_path / "tree", tmp_path / "data"
    argv = [sys.executable, "-m", "tests.demolinux", str(tree), "--seed", "1"]
    subprocess.run(argv, cwd=demos.ROOT, check=True, stdout=subprocess.DEVNULL)
    answer = demos.run(tree / "demo.json", data)
    assert answer["culprit"] == answer["expected"]
    assert answer["confidence"] > 0.99
    [(to, cc, note)] = demos.rows(data, 'select "to", cc, recipients_note from bisectweb_culprit')
    told = {*json.loads(to), *json.loads(cc)}
    assert by_hand(tree / "linux.git", answer["culprit"], tmp_path) <= told
    assert not note
    [(title, report)] = demos.rows(
        data,
        "select distinct run.title, run.report from bisectweb_run run"
        " join bisectweb_revision revision on revision.id = run.revision_id"
        " join bisectweb_culprit culprit on culprit.sha = revision.sha"
        " where run.outcome = 'crash' limit 1",
    )
    assert title == "WARNING in nested_svm_vmexit"
    assert re.search(r"^WARNING: CPU: \d+ PID: \d+ at arch/x86/kvm/svm/nested\.c:\d+", report, re.M)
    assert "Call Trace:" in report
    assert not processes.mentioning(str(data))
    check_inert(tree / "demo.json", data)


def by_hand(repository: Path, sha: str, folder: Path) -> set[str]:
    """The addresses that a person gets who asks the script; the list of everything aside."""
    source = folder / "by-hand"
    git = ["git", "-c", "safe.directory=*", f"--git-dir={repository}"]
    subprocess.run([*git, "worktree", "add", "-q", "--detach", source, sha], check=True)
    patch = subprocess.run([*git, "format-patch", "-1", "--stdout", sha], capture_output=True)
    asked = subprocess.run(
        ["perl", "scripts/get_maintainer.pl"],
        cwd=source,
        input=patch.stdout,
        capture_output=True,
        check=True,
    )
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", asked.stdout.decode()))
    assert addresses
    return addresses - {"linux-kernel@vger.kernel.org"}


def check_inert(manifest: Path, data: Path) -> None:
    """Commits that cannot matter, as the start's build tells, build the kernel of their parent;
    the folders are still warm.
    """
    facts = json.loads(manifest.read_text())
    site = Site(data / "lab", Sandbox(Confinement.AUTO, (data,)), jobs=2)
    lab = KernelLab(plan(manifest.parent, facts), site, Event())
    history = lab.history(facts["bad"], None, fix=False)
    inert = lab.prior(history, "").inert
    assert inert >= history.parents.keys() & facts["facts"]["inert"]
    assert facts["expected"] not in inert
    for sha in sorted(inert)[:2]:
        kernels = [lab.build(one, data / "log") for one in (sha, *history.parents[sha])]
        assert len({kernel.signature for kernel in kernels}) == 1, sha


def plan(folder: Path, facts: dict[str, Any]) -> Plan:
    """What the demo bisects."""
    return Plan(
        tree_url=facts["tree"],
        branch=facts["branch"],
        config=(folder / facts["config"]).read_text(),
        compiler=facts["compiler"],
        reproducer=Reproducer((folder / facts["reproducer"]).read_text()),
        title=facts["title"],
        machine=Machine(**facts["machine"]),
    )
