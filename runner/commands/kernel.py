"""`python -m runner kernel`: bisect a kernel crash from the shell, without the web service."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from runner import verdicts
from runner.commands.status import Status
from runner.errors import BuildFailed, InfraError, InputError
from runner.kernel_lab import KernelLab, Site
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.log.entries import Entry, Totals
from runner.log.words import Result
from runner.sandbox import Confinement, Sandbox
from runner.search import (
    BAYES,
    CLASSIC,
    Alike,
    BayesPolicy,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Policy,
    Step,
    Test,
    decide,
    explain,
    trail,
)
from runner.values import Boot, Crash, Kernel, Language, Plan, Reproducer, Sha


def main(arguments: Sequence[str]) -> int:
    """Exit status 0: culprit found; 1: none; 2: the question or the machine is at fault."""
    options = parser().parse_args(arguments)
    plan = Plan(
        tree_url=options.tree,
        branch=options.branch,
        config=options.config.read_text(),
        compiler=options.compiler,
        reproducer=reproducer(options),
        title=options.title,
    )
    root = options.root.resolve()
    site = Site(
        root,
        Sandbox(Confinement.AUTO, (root,)),
        jobs=options.jobs,
        vms=options.vms,
        toolchains=root / "toolchains",
    )
    lab = KernelLab(plan, site, Event())
    policies: dict[str, Policy] = {
        "bayes": replace(BAYES, vms=options.vms),
        "classic": replace(CLASSIC, runs=options.runs),
    }
    try:
        return Session(lab, policies[options.strategy], plan.title, plan.compiler).bisect(
            options.bad, options.good
        )
    except (InputError, InfraError) as error:
        print(f"error: {error}", file=sys.stderr)
        return Status.TROUBLE


def reproducer(options: argparse.Namespace) -> Reproducer:
    return Reproducer(
        options.reproducer.read_text(),
        Language.SCRIPT if options.script else Language.C,
        repeat=options.repeat,
        procs=options.procs,
        bits=32 if options.m32 else 64,
    )


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m runner kernel", description=__doc__)
    options.add_argument("--tree", required=True, help="clone address or folder of the tree")
    options.add_argument("--branch", default="master")
    options.add_argument("--bad", required=True, help="commit that crashes")
    options.add_argument("--good", help="commit that does not; default: walk the release tags")
    options.add_argument("--config", required=True, type=Path, help="the kernel's .config")
    options.add_argument("--reproducer", required=True, type=Path, help="C source, or a script")
    options.add_argument(
        "--script", action="store_true", help="its exit status counts as in git bisect run"
    )
    options.add_argument("--repeat", action="store_true", help="run it again and again")
    options.add_argument("--procs", type=int, default=1, help="copies of it to run in parallel")
    options.add_argument("--m32", action="store_true", help="compile it as a 32-bit program")
    options.add_argument("--title", default="", help="crash title; default: any crash")
    options.add_argument(
        "--compiler",
        default="gcc",
        help="gcc or clang: the newest that fits a commit's age, here or in ROOT/toolchains/*/bin; "
        "or the name of one",
    )
    options.add_argument(
        "--strategy",
        choices=("bayes", "classic"),
        default="bayes",
        help="bayes weighs every run (default); classic halves as git does",
    )
    options.add_argument(
        "--runs", type=int, default=CLASSIC.runs, help="runs a revision, by the classic strategy"
    )
    options.add_argument("--jobs", type=int, default=2, help="make jobs")
    options.add_argument("--vms", type=int, default=2, help="virtual machines at once")
    options.add_argument("--root", type=Path, default=Path("var/lab"), help="folder to work in")
    return options


@dataclass
class Session:
    """One bisection, with its evidence in memory and its log on standard output."""

    lab: Lab
    policy: Policy
    title: str
    compiler: str = "gcc"
    evidence: list[Evidence] = field(default_factory=list)
    build_seconds: float = 0.0
    test_seconds: float = 0.0

    @property
    def bug(self) -> Crash:
        return Crash(self.title, "")

    def bisect(self, asked_bad: str, asked_good: str | None) -> int:
        began = time.monotonic()
        self.lab.check()
        bad = self.lab.resolve(asked_bad)
        good = self.lab.resolve(asked_good) if asked_good else None
        history = self.lab.history(bad, good, fix=False)
        say(ours.head(bad, datetime.now(UTC), fix=False))
        told = 0
        while True:
            decision = decide(history, self.evidence, self.policy)
            steps = self.steps(history)
            for position in range(told, len(steps)):
                say(ours.announcement(history, steps, position, self.subject))
            told = len(steps)
            cost = self.cost(time.monotonic() - began)
            match decision:
                case Test(probes):
                    self.explain(history)
                    for probe in probes:
                        self.test(probe.sha, probe.runs)
                case Found(sha, confidence):
                    say(ours.first_bad(steps, sha, self.lab.show(sha), confidence))
                    say([cost])
                    return Status.FOUND
                case Impossible(reason=reason):
                    say(ours.error(reason, cost))
                    return Status.TROUBLE
                case Inconclusive(suspects, reason):
                    say(ours.inconclusive(steps, suspects, reason, cost, fix=False))
                    return Status.NOT_FOUND

    def steps(self, history: History) -> Sequence[Step]:
        """What the classic strategy did so far; the other has no steps, it weighs everything."""
        if isinstance(self.policy, BayesPolicy):
            return ()
        return trail(history, self.evidence, self.policy)

    def explain(self, history: History) -> None:
        """Why the next revision is tested, where it is not a step of git's."""
        if isinstance(self.policy, BayesPolicy):
            known = explain(history, self.evidence, self.policy)
            say(ours.standing(known))
            for reason in known.reasons:
                again = any(one.sha == reason.sha for one in self.evidence)
                say(ours.asked(reason, again=again))

    def subject(self, sha: Sha) -> str:
        return self.lab.commit(sha).subject

    def cost(self, total: float) -> Totals:
        revisions = len({one.sha for one in self.evidence})
        return ours.totals(revisions, total, self.build_seconds, self.test_seconds)

    def test(self, sha: Sha, runs: int) -> None:
        """Build and run one revision, and add what was seen to the evidence."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                kernel = self.lab.build(sha, Path(folder, "build.log"))
            except BuildFailed as error:
                self.evidence.append(Evidence(sha, built=False))
                say(ours.block(ours.Block(sha, self.compiler, failure=error.reason)))
                return
            finally:
                self.build_seconds += time.monotonic() - began
            began = time.monotonic()
            consoles = {index: Path(folder, f"console-{index}.log") for index in range(runs)}
            boots = sorted(self.boots(kernel, consoles), key=lambda boot: boot.index)
            self.test_seconds += time.monotonic() - began
        outcomes = [verdicts.outcome(boot, self.bug) for boot in boots]
        alike = [
            Alike(boot.crash.title, verdicts.likeness(boot, self.bug))
            for boot, seen in zip(boots, outcomes, strict=True)
            if boot.crash and seen == Outcome.OTHER_CRASH
        ]
        self.evidence.append(Evidence(sha, outcomes, signature=kernel.signature, alike=alike))
        say(ours.block(self.block(sha, kernel, boots)))

    def block(self, sha: Sha, kernel: Kernel, boots: Sequence[Boot]) -> ours.Block:
        """What the log says of a tested revision. Where runs are weighed, no rate is fixed."""
        is_weighed = isinstance(self.policy, BayesPolicy)
        return ours.Block(
            sha,
            self.compiler,
            kernel.compiler,
            kernel.signature,
            runs=[Result.read(verdicts.words(boot, self.bug)) for boot in boots],
            crash_rate=None if is_weighed else ours.crash_rate(self.evidence[0].outcomes),
        )

    def boots(self, kernel: Kernel, consoles: Mapping[int, Path]) -> Iterator[Boot]:
        """The runs of a batch; one that is to be weighed ends at its first crash."""
        with closing(self.lab.boots(kernel, consoles)) as ended:
            for boot in ended:
                yield boot
                is_crash = verdicts.outcome(boot, self.bug) == Outcome.CRASH
                if is_crash and isinstance(self.policy, BayesPolicy):
                    break


def say(entries: Iterable[Entry]) -> None:
    print(render_entries(entries), end="", flush=True)
