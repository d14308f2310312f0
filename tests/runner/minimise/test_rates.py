"""How often is often enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.minimise import ORIGINAL_RUNS, Counts, is_settled, reproduces, runs_for


@pytest.mark.parametrize(
    ("candidate", "original", "counts"),
    [
        (Counts(3, 3), Counts(3, 3), True),
        (Counts(4, 10), Counts(3, 3), True),  # a third is enough
        (Counts(3, 10), Counts(3, 3), False),
        (Counts(2, 20), Counts(2, 20), True),  # not below the original
        (Counts(2, 20), Counts(3, 20), False),
        (Counts(1, 20), Counts(1, 20), False),  # one crash is no rate
        (Counts(1, 1), Counts(3, 3), False),
        (Counts(0, 10), Counts(0, 20), False),
    ],
)
def test_a_config_reproduces_when_it_crashes_often_or_as_often(
    candidate: Counts, original: Counts, counts: bool
) -> None:
    assert reproduces(candidate, original) is counts


def test_a_rare_crash_gets_as_many_runs_as_the_original() -> None:
    assert runs_for(Counts(3, 3)) < runs_for(Counts(2, 20)) == ORIGINAL_RUNS


counts = st.integers(0, 20).flatmap(
    lambda runs: st.builds(Counts, st.integers(0, runs), st.just(runs))
)


@given(counts, counts, st.lists(st.booleans(), max_size=20))
def test_more_runs_do_not_change_what_is_settled_as_too_seldom(
    original: Counts, start: Counts, more: list[bool]
) -> None:
    wanted = start.runs + len(more)
    end = Counts(start.crashes + sum(more), wanted)
    if is_settled(start, wanted, original) and not reproduces(start, original):
        assert not reproduces(end, original)


@given(counts, counts)
def test_what_has_all_its_runs_needs_no_settling(candidate: Counts, original: Counts) -> None:
    """A batch ends by itself; until then it is only cut short when more runs cannot matter."""
    if is_settled(candidate, candidate.runs, None):
        assert candidate.crashes >= 3
        assert reproduces(candidate, original)
    elif not is_settled(candidate, candidate.runs, original):
        assert reproduces(candidate, original)
