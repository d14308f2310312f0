"""Charts put numbers where they belong, whatever the numbers are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.charts import HEIGHT, LEFT, RIGHT, WIDTH, Scale, intervals, line, stacked

values = st.floats(0, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("most", "step", "top"),
    [(0, 1, 1), (1, 0.5, 1), (4, 1, 4), (5, 2, 6), (17, 5, 20), (90, 50, 100), (0.3, 0.1, 0.3)],
)
def test_a_scale_ends_on_a_round_number(most: float, step: float, top: float) -> None:
    scale = Scale.up_to(most)
    assert (scale.step, scale.top) == pytest.approx((step, top))


@given(values)
def test_a_scale_holds_what_it_is_for_in_a_few_steps(most: float) -> None:
    scale = Scale.up_to(most)
    assert scale.top >= most * (1 - 1e-6)
    assert 1 <= round(scale.top / scale.step) <= 5


@given(st.lists(st.tuples(values, values), min_size=1, max_size=60))
def test_bars_stand_on_each_other_inside_the_drawing(pairs: list[tuple[float, float]]) -> None:
    columns = [(str(number), {"found": a, "failed": b}) for number, (a, b) in enumerate(pairs)]
    chart = stacked("t", columns)
    for bar in chart.bars:
        assert LEFT <= bar.x <= bar.x + bar.width <= WIDTH - RIGHT
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    for lower, upper in zip(chart.bars, chart.bars[1:], strict=False):
        if lower.x == upper.x:
            assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)


def test_counts_have_no_lines_at_halves() -> None:
    chart = stacked("t", [("a", {"found": 2})])
    assert [tick.words for tick in chart.up] == ["0", "1", "2"]


def test_a_part_of_nothing_is_no_bar() -> None:
    chart = stacked("t", [("a", {"found": 2, "failed": 0}), ("b", {})])
    assert [(one.kind, one.words) for one in chart.bars] == [("found", "a: 2 found")]


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    chart = line("t", [("a", 1), ("b", 2), ("c", None), ("d", 4)])
    assert chart.path.count("M") == 2
    assert [dot.words for dot in chart.dots] == ["a: 1", "b: 2", "d: 4"]
    heights = [dot.y for dot in chart.dots]
    assert heights == sorted(heights, reverse=True)


def test_an_interval_reaches_from_its_low_to_its_high_end() -> None:
    chart = intervals("t", [("sure", 0.5, 0.75, 1.0)])
    [bar], [dot] = chart.bars, chart.dots
    assert bar.y < dot.y < bar.y + bar.height
    assert dot.words == "sure: 75 %, 50 % to 100 %"


@pytest.mark.parametrize("count", [0, 1, 8, 9, 52])
def test_few_words_stand_below_the_axis_and_the_last_one_is_among_them(count: int) -> None:
    chart = line("t", [(str(number), 1.0) for number in range(count)])
    names = [tick.words for tick in chart.across]
    assert len(names) <= 8
    assert names[-1:] == [str(count - 1)][:count]


def test_names_stay_text_in_the_drawing() -> None:
    svg = stacked("t", [('<b>"x"', {"found": 1})]).svg()
    assert "<b>" not in svg
    assert "<title>&lt;b&gt;&quot;x&quot;: 1 found</title>" in svg
