"""The log's text, whole, for each way a bisection goes and ends."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from runner.log import sentences as log
from runner.search import (
    CLASSIC,
    Decision,
    Evidence,
    Explanation,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Probe,
    Reason,
    Step,
    Test,
    Weight,
    trail,
)
from runner.values import Header, Recipient, Recipients, Sha
from runner.verification import Check, Result
from tests.runner.search.worlds import history, search

GOLDEN = Path(__file__).parent.parent / "golden"
TOLD = Recipients(
    (
        Recipient("a@demo.invalid", "", Header.TO, "maintainer of DEMO"),
        Recipient("b@demo.invalid", "", Header.TO, "author of the culprit"),
    )
)
LINE = "\n".join(f"c{n}: c{n - 1}" for n in range(12, 0, -1)) + "\nc0:"
RELEASES = {"v1.2": "c9", "v1.1": "c6", "v1.0": "c0"}
LINE_OF_A_TEST = re.compile(
    r"# |testing commit c\d+ gcc$|compiler: |kernel signature: sig-c\d+$"
    r"|failed building c\d+: |all runs: |run #\d+: (OK|crashed: |boot failed: )"
)
WORDS = {
    Outcome.OK: "OK",
    Outcome.CRASH: "crashed: WARNING in demo_leave_nested",
    Outcome.BOOT_FAILED: "boot failed: the reproducer was not started in time",
}


def write(world: History, lab: Callable[[Sha], list[Outcome] | None]) -> str:
    """The log of a whole search, as a caller puts it together."""
    decision, evidence = search(world, lab, replace(CLASSIC, runs=4))
    steps = trail(world, evidence.values(), replace(CLASSIC, runs=4))
    start = world.good if world.fix else world.bad
    assert start is not None
    text = log.head(start, fix=world.fix)
    for position, step in enumerate(steps):
        text += log.announcement(world, steps, position, lambda sha: f"demo: change {sha}")
        if not step.assumed:
            text += log.block(block_of(step.sha, evidence))
    return text + tail(decision, steps, fix=world.fix)


def block_of(sha: Sha, evidence: Mapping[Sha, Evidence]) -> log.Block:
    known = evidence[sha]
    if not known.built:
        return log.Block(sha, "gcc", failure="demo.c:7:2: error: expected ';'")
    return log.Block(
        sha, "gcc", "gcc 12.2.0, GNU ld 2.40", f"sig-{sha}", runs=[WORDS[o] for o in known.outcomes]
    )


def tail(decision: Decision, steps: tuple[Step, ...], *, fix: bool) -> str:
    cost = log.Totals(revisions=len(steps), total=92.5, build=30, test=61.25)
    match decision:
        case Found(sha, confidence):
            end = log.Ending(
                sha=sha,
                subject=f"demo: change {sha}",
                signature=f"sig-{sha}",
                parent_signature="sig-parent",
                recipients=TOLD,
                crash_title="WARNING in demo_leave_nested",
                crash_report="WARNING: CPU: 0 PID: 2 at demo.c:7",
            )
            details = (
                f"commit {sha}\nAuthor: A Role <role@demo.invalid>\n\n    demo: change {sha}\n"
            )
            answer = log.first_bad(steps, sha, details, confidence)
            return answer + log.culprit(end, cost, fix=fix)
        case Impossible(reason=reason):
            return log.error(reason, cost)
        case Inconclusive(suspects, reason):
            return log.inconclusive(steps, suspects, reason, cost, fix=fix)
        case _:
            raise AssertionError(decision)


def crashes_from(culprit: Sha, until: Sha = "") -> Callable[[Sha], list[Outcome] | None]:
    world = history(LINE)

    def lab(sha: Sha) -> list[Outcome] | None:
        rng = random.Random(sha)
        if not world.contains(sha, culprit) or (until and world.contains(sha, until)):
            return [Outcome.OK] * 8
        return rng.choices([Outcome.OK, Outcome.CRASH], [1, 5], k=8)

    return lab


def broken(lab: Callable[[Sha], list[Outcome] | None]) -> Callable[[Sha], list[Outcome] | None]:
    """c7 does not boot, c8 does not build."""

    def broken_lab(sha: Sha) -> list[Outcome] | None:
        if sha == "c7":
            return [Outcome.BOOT_FAILED] * 8
        return None if sha == "c8" else lab(sha)

    return broken_lab


@pytest.mark.parametrize(
    ("name", "world", "lab"),
    [
        ("cause", history(LINE, releases=RELEASES), crashes_from("c7")),
        ("cause-skips", history(LINE, good="c0"), broken(crashes_from("c7"))),
        ("cause-oldest", history(LINE, releases=RELEASES), crashes_from("c0")),
        ("cause-not-reproduced", history(LINE, good="c0"), crashes_from("c12", until="c12")),
        ("fix", history(LINE, good="c0", fix=True), crashes_from("c0", until="c5")),
        ("fix-not-fixed", history(LINE, good="c0", fix=True), crashes_from("c0")),
    ],
)
def test_a_log_reads_as_its_golden_file(
    name: str, world: History, lab: Callable[[Sha], list[Outcome] | None]
) -> None:
    assert write(world, lab) == (GOLDEN / f"{name}.txt").read_text()


def reason(sha: Sha, runs: int, inside: float, bits: float = 0.5) -> Reason:
    return Reason(sha, runs, inside, bits, minutes=8, buildable=1.0, naming=False)


def weight(sha: Sha, runs: int, crashes: int, odds: float, *, fix: bool = False) -> Weight:
    return Weight(sha, runs, crashes, mute=0, broken=not runs, odds=odds, fix=fix)


def state(decision: Decision, *suspects: tuple[Sha, float], left: float = 0.0) -> Explanation:
    """A search that has come so far; only what the log shows of it matters."""
    return Explanation(
        decision=decision,
        suspects=suspects,
        older=0.02,
        absent=0.0,
        crash_rate=0.5,
        minutes_spent=20,
        minutes_left=left,
        reasons=[reason("c7", 1, 0.5)] if left else [],
        weights=[],
        strain=0.0,
        fix=False,
    )


def write_bayes(decision: Decision) -> str:
    """The log of a probabilistic search: the start is run twice, another commit once, and one
    does not build.
    """
    going_on = Test([Probe("c7", 1)])
    evidence = {
        "c12": Evidence("c12", [Outcome.CRASH, Outcome.OK, Outcome.CRASH]),
        "c7": Evidence("c7", [Outcome.OK, Outcome.OK]),
        "c8": Evidence("c8", built=False),
    }
    text = (
        log.head("c12", fix=False)
        + log.asked(reason("c12", 60, 1.0, bits=0), again=False)
        + log.block(block_of("c12", evidence))
        + log.weighed(weight("c12", 1, 1, 1.9))
        + log.standing(state(going_on, ("c9", 0.08), ("c8", 0.07), left=50))
        + log.asked(reason("c12", 59, 1.0, bits=0), again=True)
        + log.weighed(weight("c12", 3, 2, 2.6))
        + log.standing(state(going_on, ("c9", 0.08), ("c8", 0.07), left=42))
        + log.asked(reason("c7", 2, 0.48), again=False)
        + log.block(block_of("c7", evidence))
        + log.weighed(weight("c7", 2, 0, -0.7))
        + log.asked(reason("c8", 1, 0.3), again=False)
        + log.block(block_of("c8", evidence))
        + log.weighed(weight("c8", 0, 0, 0.0))
        + log.standing(state(decision, ("c9", 0.9931), ("c8", 0.006)))
    )
    if isinstance(decision, Inconclusive):
        text += log.credible(decision.suspects, {"c9": 0.612, "c8": 0.351}, decision.reason)
    return text + tail(decision, (), fix=False)


BAYES_LOGS: dict[str, Decision] = {
    "bayes": Found("c9", 0.9931),
    "bayes-inconclusive": Inconclusive(("c9", "c8", "c11"), "no further run can tell them apart"),
}


@pytest.mark.parametrize("name", BAYES_LOGS)
def test_a_probabilistic_log_reads_as_its_golden_file(name: str) -> None:
    assert write_bayes(BAYES_LOGS[name]) == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", BAYES_LOGS)
def test_a_probabilistic_log_has_the_lines_of_a_classic_one_and_comments(name: str) -> None:
    tests, end, rest = write_bayes(BAYES_LOGS[name]).partition(
        "c9 is the first bad commit\n"
        if name == "bayes"
        else "There are only 'skip'ped commits left to test.\n"
    )
    assert end
    assert "#" not in rest
    for line in tests.splitlines()[3:]:
        assert LINE_OF_A_TEST.match(line), line


def test_what_was_checked_stands_below_the_culprit_in_comments() -> None:
    checks = [
        Check("merge", Result.PASSED, "it is not a merge"),
        Check("parent", Result.FAILED, "its parent crashed in 1 of 3 runs"),
        Check("revert", Result.UNCHECKED, "c12 with it reverted does not build"),
    ]
    end = log.Ending("c9", "a subject", "one", "two", Recipients(()), "title", "report", checks)
    text = log.culprit(end, log.Totals(3, 1, 1, 1), fix=False)
    assert (
        "first bad commit: c9 a subject\n"
        "# verified: it is not a merge\n"
        "# contradicted: its parent crashed in 1 of 3 runs\n"
        "# could not be checked: c12 with it reverted does not build\n"
        "recipients (to): []\n"
    ) in text


@pytest.mark.parametrize(
    "line",
    [
        log.verifying("c9", 1, again=False),
        log.verifying("c9", 3, again=True),
        log.reverted("c9", "c12", 3),
        log.searched_again("c9"),
    ],
)
def test_what_verification_does_is_a_comment(line: str) -> None:
    assert LINE_OF_A_TEST.match(line)


def test_a_dropped_revision_is_a_comment() -> None:
    assert LINE_OF_A_TEST.match(log.dropped())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.25, "250ms"),
        (59.9, "59.9s"),
        (60, "1m0s"),
        (12688.641, "3h31m28.641s"),
        (3600, "1h0m0s"),
    ],
)
def test_durations_are_gos(seconds: float, text: str) -> None:
    assert log.duration(seconds) == text


@pytest.mark.parametrize(
    ("asked", "used", "family"),
    [
        ("gcc", "", "gcc"),
        ("clang-15", "", "clang"),
        ("gcc", "gcc (Debian 12.2.0-14) 12.2.0, GNU ld 2.40", "gcc"),
        ("llvm-9", "clang version 9.0.1, LLD 9.0.1", "clang"),
    ],
)
def test_the_kind_of_compiler_is_that_of_the_one_that_was_used(
    asked: str, used: str, family: str
) -> None:
    tested = log.block(log.Block("c1", asked, used, failure="" if used else "does not build"))
    assert tested.startswith(f"testing commit c1 {family}\n")
