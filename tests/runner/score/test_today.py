"""Old outcomes by the rules of today; the examples are those of syzkaller's own rules."""

from __future__ import annotations

import pytest

from runner.log import parse
from runner.score import Change, today
from runner.search import Verdict
from tests.runner.score.logs import BAD, BUG, GOOD, log, sha

CRASH, OK, BOOT = f"crashed: {BUG}", "OK", "boot failed: INFO: task hung"
LOST = "crashed: lost connection to test machine"


def runs(good: int, bad: int, silent: int) -> tuple[str, ...]:
    return (OK,) * good + (CRASH,) * bad + (BOOT,) * silent


EXAMPLES = {
    "one crash in ten": (runs(9, 1, 0), "bad", Verdict.BAD, Verdict.SKIP),
    "two crashes in ten": (runs(8, 2, 0), "bad", Verdict.BAD, Verdict.BAD),
    "too few runs that tell": (runs(2, 2, 6), "bad", Verdict.BAD, Verdict.SKIP),
    "enough that tell": (runs(4, 2, 4), "bad", Verdict.BAD, Verdict.BAD),
    "half of the runs quiet": (runs(5, 0, 5), "good", Verdict.GOOD, Verdict.GOOD),
    "fewer than half": (runs(4, 0, 6), "good", Verdict.GOOD, Verdict.SKIP),
    "a lost connection": ((*GOOD[:9], LOST), "bad", Verdict.BAD, Verdict.GOOD),
}


@pytest.mark.parametrize(("seen", "told", "then", "now"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_verdict_is_taken_by_the_rules_of_today(
    seen: tuple[str, ...], told: str, then: Verdict, now: Verdict
) -> None:
    found = today(parse(log([("v5.2", GOOD)], [(told, seen), ("bad", BAD)])))
    assert list(found) == ([Change(sha(3), "", then, now)] if then is not now else [])


def test_of_a_flaky_bug_three_quarters_must_be_quiet() -> None:
    flaky = runs(7, 3, 0)
    silent = [("good", runs(6, 0, 4)), ("bad", BAD)]
    assert not today(parse(log([("v5.2", GOOD)], silent)))
    found = today(parse(log([("v5.2", flaky), ("v5.1", GOOD)], silent)))
    assert list(found) == [Change(sha(4), "", Verdict.GOOD, Verdict.SKIP)]


def test_a_release_is_named_and_a_lost_connection_counts_where_it_is_the_bug() -> None:
    often = (LOST,) * 10
    once = log([("v5.2", (*GOOD[:9], CRASH)), ("v5.1", GOOD)], [("bad", BAD)])
    assert list(today(parse(once))) == [Change(sha(2), "v5.2", Verdict.BAD, Verdict.SKIP)]
    assert not today(parse(log([("v5.2", often), ("v5.1", GOOD)], [("bad", often)], start=often)))


def test_a_log_without_tests_changes_nothing() -> None:
    assert not today(parse(""))
