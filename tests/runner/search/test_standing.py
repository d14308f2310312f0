"""Where a search stands, as it is kept for the chart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search import BAYES, Evidence, Outcome, Told, Verdict, chain, explain, standing_by_runs
from runner.search.bayes import Search
from runner.search.history import History
from runner.search.standing import CLOSE, WHOLE
from tests.runner.search.graphs import examples, line
from tests.runner.search.worlds import history

OK, CRASH = Outcome.OK, Outcome.CRASH
GOOD, BAD, SKIP = Verdict.GOOD, Verdict.BAD, Verdict.SKIP


def ranged(commits: int) -> History:
    return History(line(commits), good="c0", bad=f"c{commits}")


def told(sha: str, crashes: int, quiet: int = 0) -> Evidence:
    return Evidence(sha, [CRASH] * crashes + [OK] * quiet)


def test_a_short_range_has_a_bucket_a_commit_and_all_probability_is_somewhere() -> None:
    stand, _ = standing_by_runs(ranged(10), [told("c10", 3), told("c5", 0, 9)])
    assert (stand.commits, len(stand.whole.shares), stand.close) == (10, 10, None)
    assert sum(stand.whole.shares) + stand.older + stand.newer == pytest.approx(1)
    chances = dict(Search(ranged(10), (told("c10", 3), told("c5", 0, 9)), BAYES).suspects)
    want = [chances[f"c{n}"] for n in range(1, 11)]
    assert stand.whole.shares == pytest.approx(want)
    assert stand.places == {"c5": 4.5, "c10": 9.5}


@pytest.mark.parametrize("culprit", [1, 2, 1500, 2999, 3000])
def test_a_long_range_has_few_buckets_and_a_close_up_of_the_suspicion(culprit: int) -> None:
    crashing = [told(f"c{n}", 5) for n in (3000, *range(culprit, culprit + 4)) if n <= 3000]
    quiet = [told(f"c{n}", 0, 20) for n in range(culprit - 4, culprit) if n >= 0]
    stand, _ = standing_by_runs(ranged(3000), [*crashing, *quiet])
    assert len(stand.whole.shares) == WHOLE
    assert stand.close is not None
    assert len(stand.close.shares) == CLOSE
    assert stand.close.end - stand.close.start == CLOSE
    assert 0 <= stand.close.start <= culprit - 1 < stand.close.end <= 3000
    shares = [*stand.close.shares]
    assert stand.close.start + shares.index(max(shares)) == culprit - 1
    assert stand.credible == 1
    assert stand.suspects[0][0] == f"c{culprit}"


def test_before_any_run_there_is_no_close_up_and_nobody_stands_out() -> None:
    stand = explain(ranged(3000), []).standing
    assert (stand.close, stand.suspects, stand.places) == (None, [], {})
    assert stand.entropy == pytest.approx(11.4, abs=0.1)
    assert stand.credible == pytest.approx(0.95 * 3000, abs=1)


def test_a_merge_follows_what_it_brings_in() -> None:
    merged = history("m: a2 b1\na2: a1\na1: c0\nb1: c0\nc0:", good="c0")
    stand, _ = standing_by_runs(merged, [told("m", 3), told("a2", 3), told("b1", 0, 9)])
    assert stand.commits == 4
    assert stand.places["m"] == 3.5
    assert max(stand.places["a2"], stand.places["b1"]) < 3


def test_what_was_tested_outside_the_range_has_its_old_end_for_a_place() -> None:
    stand, weights = standing_by_runs(ranged(10), [told("c10", 3), told("c0", 0, 5)])
    assert stand.places["c0"] == 0
    assert {one.sha for one in weights} == {"c0", "c10"}


HALVED = (
    Told("start", BAD),
    Told("v6.0", GOOD),
    Told("half", GOOD, left=7),
    Told("broken", SKIP, left=4),
    Told("culprit", BAD, left=3),
    Told("parent", GOOD, left=1),
)


def test_the_way_of_a_search_tells_the_order_of_its_revisions() -> None:
    found = chain("start", HALVED, fix=False)
    assert found is not None
    order = [sha for sha in found.history.ancestry.order if sha not in found.gaps]
    assert order == ["v6.0", "half", "parent", "culprit", "start"]
    assert (found.history.good, found.history.bad) == ("v6.0", "start")
    assert "broken" not in found.sizes


def test_git_tells_how_many_commits_lie_between() -> None:
    """Of 16 candidates 8 are in `half`; of the other 8, 4 in `culprit`; of those 2 in `parent`."""
    found = chain("start", HALVED, fix=False)
    assert found is not None
    sizes = {found.gaps[gap]: found.sizes[gap] for gap in found.gaps}
    assert sizes == {
        ("v6.0", "half"): 7,
        ("half", "parent"): 1,
        ("parent", "culprit"): 1,
        ("culprit", "start"): 3,
    }
    assert sum(found.sizes.values()) == 1 + 16


def test_the_walk_over_releases_goes_back_in_time() -> None:
    walk = [Told("start", BAD), Told("v6.1", BAD), Told("v6.0", BAD)]
    found = chain("start", walk, fix=False)
    assert found is not None
    order = [sha for sha in found.history.ancestry.order if sha not in found.gaps]
    assert (order, found.history.good) == (["v6.0", "v6.1", "start"], None)


def test_a_fix_is_looked_for_after_the_start() -> None:
    way = [Told("start", GOOD), Told("head", BAD), Told("half", GOOD, left=3)]
    found = chain("start", way, fix=True)
    assert found is not None
    order = [sha for sha in found.history.ancestry.order if sha not in found.gaps]
    assert order == ["start", "half", "head"]
    assert found.history.start == "start"


@pytest.mark.parametrize("way", [(), (Told("start", BAD),), (Told("start", BAD), Told("x", SKIP))])
def test_one_revision_alone_is_no_range(way: tuple[Told, ...]) -> None:
    assert chain("start", way, fix=False) is None


@given(
    st.lists(
        st.builds(
            Told,
            st.sampled_from([f"c{n}" for n in range(9)]),
            st.sampled_from([*Verdict, None]),
            st.none() | st.integers(0, 9),
        ),
        max_size=12,
    ),
    st.booleans(),
)
@examples(100)
def test_whatever_a_log_tells_has_no_gap_below_nothing(way: list[Told], fix: bool) -> None:
    found = chain("c0", way, fix=fix)
    if found is not None:
        assert min(found.sizes.values()) > 0
        stand, _ = standing_by_runs(found.history, [told("c0", 3)], found.sizes)
        assert sum(stand.whole.shares) + stand.older + stand.newer == pytest.approx(1)


def test_a_gap_counts_as_the_commits_that_it_stands_for() -> None:
    found = chain("start", HALVED, fix=False)
    assert found is not None
    known = [told("start", 3), told("v6.0", 0, 9)]
    stand, _ = standing_by_runs(found.history, known, found.sizes)
    assert stand.commits == 16
    assert stand.entropy == pytest.approx(4.1, abs=0.2)
    assert max(stand.whole.shares) == pytest.approx(min(stand.whole.shares), rel=0.01)


def test_a_commit_tested_where_git_said_none_is_left_has_room_all_the_same() -> None:
    told = [Told("old", Verdict.GOOD), Told("half", Verdict.BAD, 0), Told("odd", Verdict.GOOD, 0)]
    told += [Told("even", Verdict.GOOD, 0), Told("last", Verdict.GOOD, 0)]
    known = chain("new", told, fix=False)
    assert known is not None
    assert min(known.sizes.values()) >= 0
