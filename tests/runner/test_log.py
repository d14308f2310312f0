"""The log's text, whole, for each way a bisection goes and ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from runner import log
from runner.search import (
    CLASSIC,
    Decision,
    Evidence,
    Found,
    History,
    Impossible,
    Inconclusive,
    Outcome,
    Step,
    trail,
)
from runner.values import Recipients, Sha
from tests.runner.search.worlds import history, search

GOLDEN = Path(__file__).parent / "golden"
LINE = "\n".join(f"c{n}: c{n - 1}" for n in range(12, 0, -1)) + "\nc0:"
RELEASES = {"v1.2": "c9", "v1.1": "c6", "v1.0": "c0"}
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
                recipients=Recipients(("a@demo.invalid", "b@demo.invalid"), ()),
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
