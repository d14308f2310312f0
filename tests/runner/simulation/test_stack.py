"""Stacks are as near to their culprits as audited ones were."""

from __future__ import annotations

from collections import Counter
from posixpath import dirname

import numpy as np
import pytest
from numpy.random import default_rng

from runner.errors import InputError
from runner.simulation import Window, World, draw
from runner.simulation.stack import Sources, stack


def near(one: World) -> str:
    changed = one.window.sources.changed[one.culprit or ""]
    if set(changed) & set(one.stack):
        return "file"
    folders = {dirname(file) for file in changed}
    return "folder" if folders & {dirname(file) for file in one.stack} else "neither"


@pytest.fixture(scope="module")
def worlds(kernel: Window) -> list[World]:
    return [draw(kernel, "stack", 1, number, 0.5, 0.0) for number in range(300)]


def test_the_shares_are_the_measured_ones(worlds: list[World]) -> None:
    shares = Counter(map(near, worlds))
    expected = {"file": 0.67, "folder": 0.18, "neither": 0.15}
    assert {kind: n / 300 for kind, n in shares.items()} == pytest.approx(expected, abs=0.01)


def test_stacks_have_the_measured_shape(worlds: list[World]) -> None:
    sizes = [len(one.stack) for one in worlds]
    assert np.quantile(sizes, (0.25, 0.5, 0.75)) == pytest.approx((2, 4, 6), abs=1)
    assert all(len(set(one.stack)) == len(one.stack) > 0 for one in worlds)
    first = [
        min(one.stack.index(file) for file in one.stack if file in changed)
        for one in worlds
        if near(one) == "file" and (changed := one.window.sources.changed[one.culprit or ""])
    ]
    assert np.mean([place == 0 for place in first]) == pytest.approx(0.68, abs=0.08)


def test_no_merge_and_no_documentation_is_a_culprit(worlds: list[World]) -> None:
    for one in worlds:
        assert len(one.window.history.parents[one.culprit or ""]) == 1
        assert any(path.endswith((".c", ".h")) for path in one.window.paths[one.culprit or ""])


def test_a_history_of_one_file_has_no_stack_far_from_it() -> None:
    sources = Sources.of({"a": ("x/one.c",), "b": ("x/one.c", "x/readme.txt")})
    culprit, files = stack(sources, default_rng(1), 0.1)
    assert culprit in ("a", "b")
    assert files == ("x/one.c",)
    with pytest.raises(InputError, match="too few files"):
        stack(sources, default_rng(1), 0.99)


def test_a_history_without_sources_has_no_stack() -> None:
    with pytest.raises(InputError, match="too few files"):
        stack(Sources.of({"a": ("readme.txt",)}), default_rng(1), 0.1)
