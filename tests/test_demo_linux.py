"""The whole chain on real Linux: nested KVM, the tree's own script, the same code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from runner.console.guilty import guilty_file
from runner.kernel_lab import KernelLab, Site
from runner.log import parse, render
from runner.log.entries import Unknown
from runner.sandbox import Confinement, Sandbox
from runner.values import Machine, Plan, Reproducer
from tests import demos, processes
from tests.demolinux.demo import Demo

pytestmark = pytest.mark.linux

TITLE = "WARNING in nested_svm_vmexit"
SHA, SIGNATURE = "[0-9a-f]{40}", "[0-9a-f]{64}"
DURATION = r"(\d+h)?(\d+m)?[\d.]+m?s"
PEOPLE = r'\["\S+"( "\S+")*\]'
LINES_OF_THE_SEARCH = re.compile(
    rf"bisectweb starts bisection .* UTC|bisecting cause commit starting from {SHA}|"
    rf"ensuring issue is reproducible on .* {SHA}|"
    rf"testing commit {SHA} gcc|compiler: gcc .*, GNU ld .*|kernel signature: {SIGNATURE}|"
    rf"failed building {SHA}: .*|parent commit {SHA} wasn't tested|# .*|"
    rf"(all runs|run #\d+): (OK|crashed: {TITLE}|boot failed: .*|lost.*)|"
    r"representative crash: .*, types: \[\S+\]|"
)
"""What may stand before the culprit: the lines of syzbot's logs, and remarks."""
END = re.compile(
    rf"({SHA}) is the first bad commit\ncommit \1\nAuthor: SVM Developer <.*>\nDate: .*\n\n"
    r"    KVM: nSVM: .*\n(    .*\n|\n)+ arch/x86/kvm/svm/svm\.c \| .*\n 1 file changed, .*\n\n"
    r"accumulated error probability: 0\.\d\d\n"
    # what was run to verify it
    r"(.+\n)*"
    rf"culprit signature: ({SIGNATURE})\nparent  signature: (?!\4){SIGNATURE}\n"
    rf"revisions tested: \d+, total time: {DURATION} \(build: {DURATION}, test: {DURATION}\)\n"
    rf"first bad commit: \1 KVM: nSVM: .*\n(# .*\n)*"
    rf"recipients \(to\): {PEOPLE}\nrecipients \(cc\): {PEOPLE}\ncrash: {TITLE}\n"
    r"(?s:.*WARNING: CPU: \d+ PID: \d+ at arch/x86/kvm/svm/nested\.c:\d+.*Call Trace:.*)"
)


def test_linux_is_bisected_to_the_planted_commit_and_its_own_script_names_the_people(
    real: Demo, checkout: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    answer = demos.run(real.out / "demo.json", data)
    assert answer["culprit"] == answer["expected"]
    assert answer["confidence"] > 0.99
    assert answer["verified"]
    check_recipients(real, checkout, data)
    check_crash(data)
    check_log(demos.log(data))
    assert not processes.mentioning(str(data))
    check_inert(real.out / "demo.json", data)


def check_recipients(real: Demo, checkout: Path, data: Path) -> None:
    """Exactly those whom the script names, for the patch and for the file where it crashed, the
    author and the people of the trailers.
    """
    [(people, note)] = demos.rows(data, "select people, recipients_note from bisectweb_culprit")
    assert not note
    told = {
        header: [one["address"] for one in json.loads(people) if one["header"] == header]
        for header in ("to", "cc")
    }
    [(report,)] = demos.rows(
        data, "select report from bisectweb_run where outcome = 'crash' and report != '' limit 1"
    )
    said = by_hand(real, checkout, guilty_file(report))
    maintainers = {who for who, role in said.items() if role.startswith(("maintainer", "support"))}
    others = {*said, "kvm@demo.invalid", "integrator@demo.invalid"} - {
        "linux-kernel@vger.kernel.org"  # for what nobody else reads
    }
    assert sorted(told["to"]) == sorted({*maintainers, "svm@demo.invalid"})
    assert sorted(told["cc"]) == sorted(others - maintainers - {"svm@demo.invalid"})


def by_hand(real: Demo, checkout: Path, file: str | None) -> dict[str, str]:
    """The addresses and roles that a person gets who asks the script, at the culprit."""
    patch = real.git("format-patch", "-1", "--stdout", real.manifest["expected"]) + "\n"
    said = ""
    for arguments in [[], *([["-f", file]] if file else [])]:
        asked = subprocess.run(
            ["perl", "scripts/get_maintainer.pl", *arguments],
            cwd=checkout,
            input=patch.encode(),
            capture_output=True,
            check=True,
        )
        said = asked.stdout.decode() + said  # what the patch says counts
    lines = re.findall(r"([\w.+-]+@[\w.-]+)>? \((.*)\)", said)
    assert len(lines) >= 5
    return dict(lines)


def check_crash(data: Path) -> None:
    """The page's crash is the one that was planted, with its report."""
    [(title, report)] = demos.rows(
        data,
        "select distinct run.title, run.report from bisectweb_run run"
        " join bisectweb_revision revision on revision.id = run.revision_id"
        " join bisectweb_culprit culprit on culprit.sha = revision.sha"
        " where run.outcome = 'crash' limit 1",
    )
    assert title == TITLE
    assert re.search(r"^WARNING: CPU: \d+ PID: \d+ at arch/x86/kvm/svm/nested\.c:\d+", report, re.M)
    assert "kvm_arch_vcpu_ioctl_run" in report.partition("Call Trace:")[2]


def check_log(text: str) -> None:
    """It reads as the incumbent's do."""
    start = re.search(rf"^{SHA} is the first bad commit$", text, re.M)
    assert start is not None, text
    for line in text[: start.start()].splitlines():
        assert LINES_OF_THE_SEARCH.fullmatch(line), line
    assert END.fullmatch(text[start.start() :]), text[start.start() :]
    assert render(parse(text)) == text
    assert not any(isinstance(entry, Unknown) for entry in parse(text).entries)


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
    # Git lists the newest first: they are nearest to what was built last, and quickest to build.
    for sha in [one for one in history.parents if one in inert][:2]:
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
