"""The halving makes git's choices."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.search.halving import choose, estimate_steps
from runner.search.history import History
from runner.values import Sha
from tests.runner.search.worlds import git, git_repository, parents_of


def git_steps(
    path: Path, good: Sha, bad: Sha, answers: dict[Sha, str]
) -> Iterator[tuple[str, ...]]:
    """What `git bisect` asks for, with its counts, until it knows."""
    said = git(path, "bisect", "start", "--no-checkout", bad, good)
    while asked := re.search(
        r"Bisecting: (\d+) revisions? left to test after this \(roughly (\d+) steps?\)\n\[(\w+)\]",
        said,
    ):
        yield asked[3], asked[1], asked[2]
        said = git(path, "bisect", answers[asked[3]], asked[3])
    git(path, "bisect", "reset")


@pytest.mark.parametrize("seed", range(12))
def test_every_step_and_count_is_the_one_git_prints(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    everything = git_repository(tmp_path / "r", rng, rng.randint(4, 90))
    bad, good = next(iter(everything)), list(everything)[-1]
    parents = {**parents_of(tmp_path / "r", bad, f"^{good}"), good: ()}
    history = History(parents, good=good, bad=bad)
    culprit = rng.choice([sha for sha in parents if sha != good])
    answers = {
        sha: "skip"
        if sha != culprit and rng.random() < 0.2 * (seed % 2)
        else ("bad" if history.contains(sha, culprit) else "good")
        for sha in parents
    }
    goods, skips, tip = [good], set[Sha](), bad
    for sha, left, steps in git_steps(tmp_path / "r", good, bad, answers):
        choice = choose(history, tip, goods, skips)
        assert (choice.sha, str(choice.left), str(choice.steps)) == (sha, left, steps)
        if answers[sha] == "bad":
            tip = sha
        elif answers[sha] == "good":
            goods.append(sha)
        else:
            skips.add(sha)
    assert choose(history, tip, goods, skips).sha == tip


@pytest.mark.parametrize(
    ("total", "steps"),
    # The pairs of the seed of this project: revisions left + the one tested + those after it.
    [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (11, 3), (23, 4), (13387, 13), (6635, 12), (800, 9)],
)
def test_the_estimate_of_steps_is_gits(total: int, steps: int) -> None:
    assert estimate_steps(total) == steps
