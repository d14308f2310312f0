"""The log's text, whole, for each way a bisection goes and ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from runner.log import Log, ours, parse, render_entries
from runner.log import entries as e
from runner.log.entries import Entry, Remark
from runner.log.values import Ending
from runner.log.words import Duration
from runner.log.words import Result as RunResult
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
    explain,
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
WHEN = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)
WORDS = {
    Outcome.OK: "OK",
    Outcome.CRASH: "crashed: WARNING in demo_leave_nested",
    Outcome.BOOT_FAILED: "boot failed: the reproducer was not started in time",
}


def write(world: History, lab: Callable[[Sha], list[Outcome] | None]) -> list[Entry]:
    """The log of a whole search, as a caller puts it together."""
    decision, evidence = search(world, lab, replace(CLASSIC, runs=4))
    steps = trail(world, evidence.values(), replace(CLASSIC, runs=4))
    start = world.good if world.fix else world.bad
    assert start is not None
    rate = ours.crash_rate(evidence[start].outcomes)
    entries = [*ours.head(start, WHEN, fix=world.fix)]
    for position, step in enumerate(steps):
        entries += ours.announcement(world, steps, position, lambda sha: f"demo: change {sha}")
        if not step.assumed:
            entries += ours.block(block_of(step.sha, evidence, rate))
    return [*entries, *tail(decision, steps, fix=world.fix)]


def block_of(sha: Sha, evidence: Mapping[Sha, Evidence], rate: float | None = None) -> ours.Block:
    known = evidence[sha]
    if not known.built:
        return ours.Block(sha, "gcc", failure="demo.c:7:2: error: expected ';'")
    return ours.Block(
        sha,
        "gcc",
        "gcc 12.2.0, GNU ld 2.40",
        f"sig-{sha}",
        runs=[RunResult.read(WORDS[outcome]) for outcome in known.outcomes],
        crash_rate=rate,
    )


def tail(decision: Decision, steps: tuple[Step, ...], *, fix: bool) -> ours.Entries:
    cost = ours.totals(revisions=len(steps), total=92.5, build=30, test=61.25)
    match decision:
        case Found(sha, confidence):
            end = ours.Conclusion(
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
            answer = ours.first_bad(steps, sha, details, confidence)
            return (*answer, *ours.culprit(end, cost, fix=fix))
        case Impossible(reason=reason):
            return ours.error(reason, cost)
        case Inconclusive(suspects, reason):
            return ours.inconclusive(steps, suspects, reason, cost, fix=fix)
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
    entries = write(world, lab)
    assert render_entries(entries) == (GOLDEN / f"{name}.txt").read_text()
    assert parse(render_entries(entries)) == Log(tuple(entries))


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
        standing=explain(history("c1: c0\nc0:", good="c0"), []).standing,
        fix=False,
    )


def write_bayes(decision: Decision) -> list[Entry]:
    """The log of a probabilistic search: the start is run twice, another commit once, and one
    does not build.
    """
    going_on = Test([Probe("c7", 1)])
    evidence = {
        "c12": Evidence("c12", [Outcome.CRASH, Outcome.OK, Outcome.CRASH]),
        "c7": Evidence("c7", [Outcome.OK, Outcome.OK]),
        "c8": Evidence("c8", built=False),
    }
    entries = (
        ours.head("c12", WHEN, fix=False)
        + ours.asked(reason("c12", 60, 1.0, bits=0), again=False)
        + ours.block(block_of("c12", evidence))
        + ours.weighed(weight("c12", 1, 1, 1.9))
        + ours.standing(state(going_on, ("c9", 0.08), ("c8", 0.07), left=50))
        + ours.asked(reason("c12", 59, 1.0, bits=0), again=True)
        + ours.weighed(weight("c12", 3, 2, 2.6))
        + ours.standing(state(going_on, ("c9", 0.08), ("c8", 0.07), left=42))
        + ours.asked(reason("c7", 2, 0.48), again=False)
        + ours.block(block_of("c7", evidence))
        + ours.weighed(weight("c7", 2, 0, -0.7))
        + ours.asked(reason("c8", 1, 0.3), again=False)
        + ours.block(block_of("c8", evidence))
        + ours.weighed(weight("c8", 0, 0, 0.0))
        + ours.standing(state(decision, ("c9", 0.9931), ("c8", 0.006)))
    )
    if isinstance(decision, Inconclusive):
        entries += ours.credible(decision.suspects, {"c9": 0.612, "c8": 0.351}, decision.reason)
    return [*entries, *tail(decision, (), fix=False)]


BAYES_LOGS: dict[str, Decision] = {
    "bayes": Found("c9", 0.9931),
    "bayes-inconclusive": Inconclusive(("c9", "c8", "c11"), "no further run can tell them apart"),
}


@pytest.mark.parametrize("name", BAYES_LOGS)
def test_a_probabilistic_log_reads_as_its_golden_file(name: str) -> None:
    entries = write_bayes(BAYES_LOGS[name])
    assert render_entries(entries) == (GOLDEN / f"{name}.txt").read_text()
    assert parse(render_entries(entries)) == Log(tuple(entries))


@pytest.mark.parametrize("name", BAYES_LOGS)
def test_a_probabilistic_log_is_a_classic_one_with_remarks(name: str) -> None:
    log = parse(render_entries(write_bayes(BAYES_LOGS[name])))
    without = tuple(entry for entry in log.entries if not isinstance(entry, Remark))
    assert parse(render_entries(without)) == Log(without)
    assert Log(without).tests == log.tests
    assert [test.sha for test in log.tests] == ["c12", "c7", "c8"]
    assert log.ending is (Ending.CULPRIT if name == "bayes" else Ending.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("cause", Ending.CULPRIT),
        ("cause-skips", Ending.INCONCLUSIVE),
        ("cause-oldest", Ending.OLDEST),
        ("cause-not-reproduced", Ending.ERROR),
        ("fix", Ending.CULPRIT),
        ("fix-not-fixed", Ending.HEAD),
    ],
)
def test_our_logs_say_how_they_ended_in_the_words_of_the_others(name: str, ending: Ending) -> None:
    assert parse((GOLDEN / f"{name}.txt").read_text()).ending is ending


def test_an_error_of_many_lines_is_read_as_one() -> None:
    entries = ours.error("the tree is gone\nit was at /nowhere", ours.totals(0, 0, 0, 0))
    assert parse(render_entries(entries)).error == "the tree is gone\nit was at /nowhere"


def test_a_failure_of_many_lines_is_read_as_one() -> None:
    entries = ours.block(ours.Block("c1", "gcc", failure="make failed\ndemo.c:7: error"))
    [test] = parse(render_entries(entries)).tests
    assert parse(render_entries(entries)).entries == entries
    assert test.failure == "make failed\ndemo.c:7: error\n"


@pytest.mark.parametrize(
    ("when", "printed"),
    [
        (datetime(2025, 7, 9, 13, 22, 22, 580_000, UTC), "2025-07-09 13:22:22.58 +0000 UTC"),
        (datetime(2025, 7, 9, 13, 22, 22, tzinfo=UTC), "2025-07-09 13:22:22 +0000 UTC"),
        (
            datetime(2025, 7, 9, 0, 30, tzinfo=timezone(timedelta(hours=2))),
            "2025-07-08 22:30:00 +0000 UTC",
        ),
    ],
)
def test_times_are_gos(when: datetime, printed: str) -> None:
    assert ours.go_time(when) == printed


@pytest.mark.parametrize(
    ("rate", "runs", "said"),
    [
        (0.5, ["OK"] * 3, "false negative chance: 0.125\n"),
        (1.0, ["OK"], "false negative chance: 0.000\n"),
        (None, ["OK"], ""),
        (0.5, ["boot failed: too late"], ""),
        (
            0.5,
            ["OK", "crashed: WARNING in a", "crashed: something odd", "crashed: WARNING in a"],
            "representative crash: WARNING in a, types: [WARNING]\n",
        ),
        (
            None,
            ["crashed: something odd"],
            "representative crash: something odd, types: [UNKNOWN]\n",
        ),
    ],
)
def test_a_block_ends_with_what_its_runs_come_to(
    rate: float | None, runs: list[str], said: str
) -> None:
    results = [RunResult.read(words) for words in runs]
    text = render_entries(ours.block(ours.Block("c1", "gcc", runs=results, crash_rate=rate)))
    assert text.rpartition(f"{runs[-1]}\n")[2] == said


@pytest.mark.parametrize(
    ("outcomes", "rate"),
    [
        ([Outcome.CRASH, Outcome.OK, Outcome.OK, Outcome.BOOT_FAILED, Outcome.CRASH], 0.5),
        ([Outcome.OK], None),
        ([Outcome.LOST], None),
    ],
)
def test_the_crash_rate_is_that_of_the_runs_that_could_show_the_bug(
    outcomes: list[Outcome], rate: float | None
) -> None:
    assert ours.crash_rate(outcomes) == rate


def test_what_was_checked_stands_below_the_culprit_in_comments() -> None:
    checks = [
        Check("merge", Result.PASSED, "it is not a merge"),
        Check("parent", Result.FAILED, "its parent crashed in 1 of 3 runs"),
        Check("revert", Result.UNCHECKED, "c12 with it reverted does not build"),
    ]
    end = ours.Conclusion(
        "c9", "a subject", "one", "two", Recipients(()), "title", "report", checks
    )
    text = render_entries(ours.culprit(end, ours.totals(3, 1, 1, 1), fix=False))
    assert (
        "first bad commit: c9 a subject\n"
        "# verified: it is not a merge\n"
        "# contradicted: its parent crashed in 1 of 3 runs\n"
        "# could not be checked: c12 with it reverted does not build\n"
        "recipients (to): []\n"
    ) in text


@pytest.mark.parametrize(
    "said",
    [
        ours.verifying("c9", 1, again=False),
        ours.verifying("c9", 3, again=True),
        ours.reverted("c9", "c12", 3),
        ours.searched_again("c9"),
        ours.dropped(),
        ours.cannot_matter(3, 40),
        ours.config_tested(2, 10, shows=True),
    ],
)
def test_what_the_others_never_say_is_a_remark(said: ours.Entries) -> None:
    assert all(isinstance(entry, Remark) for entry in said)
    assert parse(render_entries(said)).entries == said


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
    assert Duration.of(seconds).printed == text
    assert Duration(text).seconds == pytest.approx(seconds)


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
    tested = ours.block(ours.Block("c1", asked, used, failure="" if used else "does not build"))
    assert tested[0] == e.Testing("c1", family)


@pytest.mark.parametrize("count", [1, 2, 10, 20])
def test_runs_that_are_all_the_same_keep_their_number(count: int) -> None:
    results = (RunResult.read("OK"),) * count
    entries = ours.block(ours.Block("c1", "gcc", runs=results))
    [tested] = parse(render_entries(entries)).tests
    assert tested.results() == results
