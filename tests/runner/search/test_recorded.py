"""What a search that others did looks like by the rules of today."""

from __future__ import annotations

import pytest

from runner.search import Evidence, Outcome, Verdict, explain, recorded
from tests.runner.search.worlds import history

OK, CRASH, OTHER, UNBOOTED = Outcome.OK, Outcome.CRASH, Outcome.OTHER_CRASH, Outcome.BOOT_FAILED
STABLE = Evidence("start", [CRASH] * 10)
FLAKY = Evidence("start", [CRASH] * 3 + [OK] * 17)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([CRASH] * 10, Verdict.BAD),
        ([OK] * 9 + [UNBOOTED], Verdict.GOOD),
        ([OTHER] * 10, None),
        ([], None),
        ([UNBOOTED] * 10, Verdict.SKIP),
        ([CRASH] + [OK] * 9, Verdict.GOOD),
    ],
    ids=str,
)
def test_runs_of_a_stable_bug_are_weighed(outcomes: list[Outcome], verdict: Verdict | None) -> None:
    _, other = recorded([STABLE, Evidence("other", outcomes)], "start", fix=False)
    assert other.verdict == verdict


def test_silence_says_little_of_a_bug_that_shows_rarely() -> None:
    quiet = Evidence("other", [OK] * 10)
    _, after_stable = recorded([STABLE, quiet], "start", fix=False)
    _, after_flaky = recorded([FLAKY, quiet], "start", fix=False)
    assert after_stable.verdict == Verdict.GOOD
    assert after_flaky.verdict is None
    assert after_stable.odds < after_flaky.odds < 0


def test_of_a_fix_git_calls_what_is_quiet_bad() -> None:
    start, other = recorded([STABLE, Evidence("other", [OK] * 10)], "start", fix=True)
    assert (start.verdict, other.verdict) == (Verdict.GOOD, Verdict.BAD)


def test_what_was_not_built_is_skipped_and_runs_of_one_commit_add_up() -> None:
    told = [STABLE, Evidence("x", built=False), Evidence("y", [OK] * 5), Evidence("y", [OK] * 5)]
    _, unbuilt, quiet = recorded(told, "start", fix=False)
    assert unbuilt.verdict == Verdict.SKIP
    assert quiet.runs == 10


@pytest.mark.parametrize("told", [[], [Evidence("other", [OK] * 10)]], ids=["nothing", "no start"])
def test_a_record_without_its_start_is_weighed_all_the_same(told: list[Evidence]) -> None:
    weights = recorded(told, "start", fix=False)
    assert [one.sha for one in weights] == [one.sha for one in told]
    assert all(one.odds < 0 for one in weights)


def test_it_weighs_as_the_search_does_that_knows_no_more() -> None:
    line = history("\n".join(f"c{n}: c{n - 1}" for n in range(20, 0, -1)) + "\nc0:", good="c0")
    known = [Evidence("c20", [CRASH] * 10), Evidence("c10", [CRASH] * 8 + [OK] * 2)]
    searched = {one.sha: one for one in explain(line, known).weights}
    for one in recorded(known, "c20", fix=False):
        assert one.verdict == searched[one.sha].verdict == Verdict.BAD
        assert one.words.startswith(searched[one.sha].words.partition(":")[0])
