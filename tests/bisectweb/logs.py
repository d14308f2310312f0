"""Bisection logs of our own making, for the tests of what imports them."""

from __future__ import annotations

from tests.factories import sha_of

TITLE = "WARNING in svm_leave_nested"
OTHER = "KASAN: use-after-free Read in l2cap_chan_put"
START, GOOD, CULPRIT, PARENT = (sha_of(name) for name in ("start", "good", "culprit", "parent"))
HALF = sha_of("half")
COMPILER = "gcc (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.35.2"
SUBJECTS = {
    HALF: "Merge tag 'net-6.1-rc1' of git://git.invalid/net",
    CULPRIT: "KVM: nSVM: leave nested mode earlier",
    PARENT: "KVM: x86: keep the vCPU loaded",
}
REPORT = "------------[ cut here ]------------\nWARNING: CPU: 1 PID: 9 at arch/x86/kvm/svm.c:4\n"


def block(sha: str, *runs: str, compiler: str = COMPILER) -> str:
    """The test of a revision; a single run stands for all."""
    lines = [f"run #{index}: {words}" for index, words in enumerate(runs)]
    if len(runs) == 1:
        lines = [f"all runs: {runs[0]}"]
    head = [f"testing commit {sha} gcc", f"compiler: {compiler}"]
    return "\n".join([*head, f"kernel signature: {sha_of(sha)}", *lines]) + "\n"


def asked(left: int, sha: str) -> str:
    """What git answers: the next commit to test."""
    revisions = "1 revision" if left == 1 else f"{left} revisions"
    head = f"Bisecting: {revisions} left to test after this (roughly 2 steps)"
    return f"{head}\n[{sha}] {SUBJECTS[sha]}\n\n"


CRASHED = f"crashed: {TITLE}"
RUNS: dict[str, list[str]] = {
    START: [CRASHED],
    GOOD: ["OK"],
    HALF: ["OK"] * 9 + ["boot failed: possible deadlock in blk"],
    CULPRIT: [CRASHED] * 8 + ["OK", f"crashed: {OTHER}"],
    PARENT: ["OK"],
}


def cause_log(runs: dict[str, list[str]] = RUNS, title: str = TITLE) -> str:
    """Five revisions with ten runs each, and a culprit."""
    return (
        f"bisecting cause commit starting from {START}\n"
        f"building syzkaller on {sha_of('syzkaller')}\n"
        f"ensuring issue is reproducible on original commit {START}\n\n"
        f"{block(START, *runs[START])}"
        f"testing release v6.0\n{block(GOOD, *runs[GOOD])}"
        f"# git bisect start {START} {GOOD}\n{asked(7, HALF)}{block(HALF, *runs[HALF])}"
        f"# git bisect good {HALF}\n{asked(3, CULPRIT)}{block(CULPRIT, *runs[CULPRIT])}"
        f"# git bisect bad {CULPRIT}\n{asked(1, PARENT)}{block(PARENT, *runs[PARENT])}"
        f"# git bisect good {PARENT}\n"
        f"{CULPRIT} is the first bad commit\n"
        f"commit {CULPRIT}\n"
        "Author: KVM Developer <kvm-developer@kernel.invalid>\n"
        "Date:   Sun Nov 3 13:30:00 2024 +0100\n\n"
        f"    {SUBJECTS[CULPRIT]}\n    \n    The vCPU is going away anyway.\n\n"
        " arch/x86/kvm/svm/nested.c | 7 ++++++-\n"
        " 1 file changed, 6 insertions(+), 1 deletion(-)\n\n"
        f"culprit signature: {sha_of(CULPRIT)}\nparent  signature: {sha_of(PARENT)}\n"
        "revisions tested: 5, total time: 1h0m10.5s (build: 30m20s, test: 29m0.25s)\n"
        f"first bad commit: {CULPRIT} {SUBJECTS[CULPRIT]}\n"
        'recipients (to): ["kvm-developer@kernel.invalid" "kvm@lists.invalid"]\n'
        'recipients (cc): ["linux-kernel@lists.invalid"]\n'
        f"crash: {title}\n{REPORT}"
    )


def fix_log() -> str:
    """The newest commit still crashes."""
    return (
        f"bisecting fixing commit since {START}\n"
        f"{block(START, CRASHED)}"
        f"testing current HEAD {HALF}\n{block(HALF, CRASHED)}"
        "revisions tested: 2, total time: 40m0s (build: 20m0s, test: 20m0s)\n"
        "crash still not fixed or there were kernel test errors\n"
        f"commit msg: {SUBJECTS[HALF]}\ncrash: {TITLE}\n{REPORT}"
    )


def error_log() -> str:
    """The start commit does not build."""
    return (
        f"bisecting cause commit starting from {START}\n"
        f"testing commit {START} gcc\n"
        f"failed building {START}: drivers/demo.c:4: error: x undeclared\n"
        "revisions tested: 1, total time: 10m0s (build: 10m0s, test: 0s)\n"
        "error: the crash wasn't reproduced on the original commit\n"
    )
