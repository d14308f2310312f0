"""What one decision costs in a large history: `python -m bench.decision [--commits 15000]`.

Each is made from fresh evidence objects, as after a restart. Processor time, not a clock's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from random import Random

import numpy as np

from runner.search import BAYES, Evidence, History, decide
from runner.simulation import Window, World, draw, generate

TESTED = 40
HISTORIES = ("kernel", "git")
CRASH_RATE, BACKGROUND_RATE = 0.2, 0.01
RUNS = 2
"""Of each tested revision: so few leave the culprit open, and the choice hard."""


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.decision", description=__doc__)
    options.add_argument("--commits", type=int, default=15_000)
    options.add_argument("--decisions", type=int, default=100)
    asked = options.parse_args(arguments)
    print(table(asked.commits, asked.decisions))
    return 0


def table(commits: int, decisions: int) -> str:
    """One line for each history."""
    lines = [
        f"{TESTED} revisions tested, {decisions} decisions each; the first sets the history up\n",
        "| history | commits | first s | mean ms | p95 ms | max ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in HISTORIES:
        setup, costs = measure(generate(kind, commits, seed=1), decisions)
        p95 = np.quantile(costs, 0.95)
        lines.append(
            f"| {kind} | {commits} | {setup:.2f} | {np.mean(costs):.2f} | {p95:.2f}"
            f" | {max(costs):.2f} |"
        )
    return "\n".join(lines)


def measure(window: Window, decisions: int) -> tuple[float, list[float]]:
    """Seconds of a fresh history with its first decision, and milliseconds of each later one."""
    known = window.history
    history = History(dict(known.parents), good=known.good, bad=known.bad)
    costs = []
    for number in range(decisions + 1):
        evidence = tested(draw(window, "plain", 1, number, CRASH_RATE, BACKGROUND_RATE), number)
        began = time.process_time()
        decide(history, evidence, BAYES)
        costs.append(time.process_time() - began)
    return costs[0], [1000 * seconds for seconds in costs[1:]]


def tested(world: World, number: int) -> list[Evidence]:
    """What a search may know: the crash reproduced, and a few runs of many revisions."""
    bad = world.window.history.bad
    calibration = [world.run(bad, i) for i in range(BAYES.calibration_runs)]
    shas = Random(number).sample(world.window.shas[:-1], TESTED - 1)
    others = [
        Evidence(sha, world.batch(sha, RUNS)) if world.builds(sha) else Evidence(sha, built=False)
        for sha in shas
    ]
    return [Evidence(bad, calibration), *others]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
